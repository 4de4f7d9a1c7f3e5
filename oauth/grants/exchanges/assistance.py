"""Staff who act for a customer: an assistance they have begun, and their own token, for one that names both."""

from dataclasses import replace
from datetime import timedelta

from channel_registry.queries import get_policy
from channel_registry.types import meets
from delegation.errors import DelegationEnded
from delegation.services import hold_delegation
from delegation.types import STAFF_ACR, DelegationState
from kit.call import CallContext
from kit.ids import new_id
from kit.unit_of_work import deed
from oauth import conf
from oauth.errors import InvalidRequest, InvalidScope, UnauthorizedClient
from oauth.models import Client
from oauth.queries import read_actor_token
from oauth.tokens import audience_for, check_entry, record_issue, sign_access_token
from oauth.types import SENSITIVE_SCOPES, AccessClaims, Issued, TokenRequest, TokenType
from sessions_hub.queries import find_live_session


@deed
def issue_to_staff(*, request: TokenRequest, client: Client, call: CallContext) -> Issued:
    """An access token of the customer's assisted session that says in `act` which staff member holds it.

    It lives five minutes at most and no longer than the assistance; nothing comes with it. Raises UnauthorizedClient,
    InvalidRequest, InvalidScope, InvalidTarget, InvalidGrant where the judge holds the customer back.
    """
    if "assistance" not in get_policy(client.channel_id).grants:
        raise UnauthorizedClient("The channel of this client lets no staff act for customers.")
    if request.actor_token_type != TokenType.ACCESS_TOKEN:
        raise InvalidRequest("The actor_token must be the staff member's own access token.")
    staff = _staff(request.actor_token, client, call)
    held = _hold(request.subject_token, staff, client, call)
    session = find_live_session(sid=held.sid, now=call.now)
    if session is None:
        raise InvalidRequest("The assisted session has ended.")
    check_entry(client=client, session=session, call=call)
    claims = AccessClaims(
        subject=held.subject,
        client_id=client.client_id,
        scopes=_scopes(request.scope, client, held),
        audience=audience_for(client, request.resource),
        jti=f"{held.id}.{new_id()}",
        sid=session.sid,
        acr=session.level.acr,
        amr=session.level.amr,
        auth_time=session.level.auth_time or session.started_at,
        act=staff,
    )
    seconds = int(min(timedelta(seconds=conf.ASSISTED_TOKEN_SECONDS), held.expires_at - call.now).total_seconds())
    access_token = sign_access_token(claims, call=call, seconds=seconds)
    record_issue(claims, grant_type=request.grant_type, call=replace(call, caller=replace(call.caller, act=staff)))
    return Issued(
        access_token=access_token,
        expires_in=seconds,
        scope=" ".join(claims.scopes),
        issued_token_type=TokenType.ACCESS_TOKEN,
    )


def _staff(actor_token: str, client: Client, call: CallContext) -> str:
    """Who acts; her own session must prove as much at this moment as it took to begin."""
    claims = read_actor_token(token=actor_token, client=client, now=call.now)
    session = find_live_session(sid=claims["sid"], now=call.now)
    if session is None or not meets(session.level.acr, STAFF_ACR):
        raise InvalidRequest("The staff member's own session has ended, or proves less than two factors by now.")
    return str(claims["sub"])


def _hold(id: str, staff: str, client: Client, call: CallContext) -> DelegationState:
    try:
        return hold_delegation(id=id, actor=staff, client_id=client.client_id, call=call)
    except DelegationEnded as error:
        raise InvalidRequest("The assistance is over, or not this staff member's at this client.") from error


def _scopes(asked: str, client: Client, held: DelegationState) -> tuple[str, ...]:
    """What was asked for, of what the client may have, less what staff never get for a customer."""
    scopes = tuple(dict.fromkeys(asked.split())) or client.default_scope_list
    if not set(scopes) <= set(client.scope_list):
        raise InvalidScope
    left = tuple(scope for scope in scopes if scope in held.scopes and scope not in SENSITIVE_SCOPES)
    if not left:
        raise InvalidScope("Staff get none of these scopes for a customer.")
    return left
