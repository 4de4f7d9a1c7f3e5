"""The code for tokens, once (RFC 6749 section 4.1.3, RFC 7636)."""

from channel_registry.queries import get_policy
from kit.call import CallContext
from kit.ids import digest
from kit.prepared import Change, Question
from kit.unit_of_work import deed
from oauth.errors import InvalidGrant
from oauth.grant_ends import end_grant
from oauth.models import Client, Grant
from oauth.rules import code_verifier_matches
from oauth.tokens import begin_refreshing, check_entry, issue_from_grant
from oauth.types import GrantType, Issued, Refused, TokenRequest
from sessions_hub.queries import find_live_session


@deed
def redeem_code(*, request: TokenRequest, client: Client, call: CallContext) -> Issued | Refused:
    """Exchange a code for tokens. The code is good once, for its client, redirect URI and challenge.

    A second use is refused with change: everything issued from the code dies. Raises InvalidGrant otherwise.
    """
    grant = _locked_grant.first(digest(request.code))
    if grant is None or grant.application_id != client.pk:
        raise InvalidGrant
    if grant.redeemed_at or grant.revoked_at:
        end_grant(grant, reason="code_reused", call=call)
        return Refused("invalid_grant", "The code was already used. Everything issued from it has been revoked.")
    session = find_live_session(sid=grant.sid, now=call.now)
    scopes = grant.scopes_for(client)
    if (
        session is None
        or client.has_cut_off(grant)
        or call.now >= grant.expires
        or request.redirect_uri != grant.redirect_uri
        or not code_verifier_matches(request.code_verifier, grant.code_challenge)
    ):
        raise InvalidGrant
    check_entry(client=client, session=session, call=call)

    refresh_token = ""
    if "offline_access" in scopes and client.has_grant(GrantType.REFRESH_TOKEN):
        refresh_token = begin_refreshing(grant, policy=get_policy(client.channel_id), call=call)
    grant.redeemed_at = call.now
    _save_redemption(grant)
    return issue_from_grant(
        grant=grant,
        client=client,
        session=session,
        scopes=scopes,
        request=request,
        refresh_token=refresh_token,
        call=call,
    )


_locked_grant = Question(lambda code: Grant.objects.select_for_update(of=("self",)).filter(code=code))
_save_redemption = Change(Grant, "redeemed_at", "refresh_handle", "refresh_secret", "refresh_expires_at", "keep_until")
