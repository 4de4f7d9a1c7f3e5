"""The refresh token for new tokens, rotated at every use (RFC 6749 section 6, RFC 9700 section 4.14)."""

from django.utils.crypto import constant_time_compare

from assurance.services import judge_entry
from assurance.types import Outcome
from kit.call import CallContext
from kit.ids import digest
from kit.prepared import Change, Question
from kit.unit_of_work import deed
from oauth.errors import InvalidGrant, InvalidScope
from oauth.grant_ends import end_grant
from oauth.models import Client, Grant
from oauth.rules import narrowed_scopes, split_refresh_token
from oauth.tokens import MORE_WANTED, issue_from_grant, renew_secret
from oauth.types import Issued, Refused, TokenRequest
from sessions_hub.queries import find_live_session


@deed
def rotate_refresh_token(*, request: TokenRequest, client: Client, call: CallContext) -> Issued | Refused:
    """Exchange a refresh token for new tokens; the presented one is superseded.

    A superseded one is refused with change: the whole grant dies. Raises InvalidGrant or InvalidScope otherwise.
    Refused too while the judge does not let the session go on, of which only the decision is kept: the token stays as
    it is, and is good again once the person has proved more.
    """
    presented = split_refresh_token(request.refresh_token)
    if presented is None:
        raise InvalidGrant
    grant = _locked_grant.first(digest(presented.handle))
    if grant is None or grant.application_id != client.pk or grant.revoked_at:
        raise InvalidGrant
    if not constant_time_compare(grant.refresh_secret, digest(presented.secret)):
        end_grant(grant, reason="refresh_token_reused", call=call)
        return Refused("invalid_grant", "The refresh token was already used. The authorization has been revoked.")
    session = find_live_session(sid=grant.sid, now=call.now)
    if session is None or grant.refresh_expires_at is None or call.now >= grant.refresh_expires_at:
        raise InvalidGrant
    if client.has_cut_off(grant) or "offline_access" not in grant.scopes_for(client):
        raise InvalidGrant
    scopes = narrowed_scopes(request.scope, grant.scopes_for(client))
    if scopes is None:
        raise InvalidScope
    if judge_entry(session=session, channel=client.channel_id, call=call).outcome is not Outcome.PERMIT:
        return Refused("invalid_grant", MORE_WANTED)

    secret = renew_secret(grant)
    _save_secret(grant)
    return issue_from_grant(
        grant=grant,
        client=client,
        session=session,
        scopes=scopes,
        request=request,
        refresh_token=f"{presented.handle}.{secret}",
        call=call,
    )


_locked_grant = Question(lambda handle: Grant.objects.select_for_update(of=("self",)).filter(refresh_handle=handle))
_save_secret = Change(Grant, "refresh_secret")
