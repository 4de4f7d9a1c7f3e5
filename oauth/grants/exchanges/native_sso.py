"""From one app to another of its maker on the same device: ID token and device secret for tokens of its own.

OpenID Connect Native SSO for Mobile Apps 1.0, section 4.
"""

from typing import Any

from django.utils.crypto import constant_time_compare

from kit.call import CallContext
from kit.unit_of_work import deed
from oauth.errors import InvalidRequest
from oauth.models import Client
from oauth.queries import find_client, find_ways_in, read_issued_id_token
from oauth.rules import at_hash, shares_vendor
from oauth.tokens import check_level, exchanged_scopes, issue_without_code
from oauth.types import Issued, TokenRequest, TokenType
from sessions_hub.queries import find_live_session, find_session_of_device_secret
from sessions_hub.services import note_participation, start_child_session
from sessions_hub.types import SessionState, Via

_SECRETS = {TokenType.DEVICE_SECRET, TokenType.DEVICE_SECRET_OF_DRAFTS}


@deed
def join_session(*, request: TokenRequest, client: Client, call: CallContext) -> Issued:
    """Tokens for an app in the session of another app of its vendor, or in a child of it on this app's own channel.

    `ds_hash`, `sid` and `sub` of the ID token must be those of the device secret; an ID token that has expired still
    tells whose session it was. Raises InvalidRequest, InvalidScope, InvalidTarget.
    """
    if request.actor_token_type not in _SECRETS:
        raise InvalidRequest("The actor_token must be a device secret.")
    claims = read_issued_id_token(token=request.subject_token)
    _check_maker(claims, client)
    session = _session_of_pair(claims, request.actor_token, call)
    scopes = exchanged_scopes(client=client, session=session, asked=request.scope)
    check_level(client=client, session=session)
    return issue_without_code(
        client=client, session=_enter(session, client, call), request=request, scopes=scopes, call=call
    )


def _check_maker(claims: dict[str, Any], client: Client) -> None:
    """The ID token was issued to a client that still stands, of the same vendor."""
    first = find_client(client_id=claims["aud"])
    if first is None or not find_ways_in(first) or not shares_vendor(first.draft, client.draft):
        raise InvalidRequest("The ID token is not that of an app of this vendor.")
    if first.cut_off_at is not None and claims["iat"] <= first.cut_off_at.timestamp():
        raise InvalidRequest("The ID token was issued before its client was switched off.")


def _session_of_pair(claims: dict[str, Any], secret: str, call: CallContext) -> SessionState:
    sid = find_session_of_device_secret(secret=secret, now=call.now)
    session = find_live_session(sid=sid, now=call.now) if sid else None
    belongs = (
        session is not None
        and secret.isascii()
        and constant_time_compare(str(claims.get("ds_hash", "")), at_hash(secret))
        and claims.get("sid") == session.sid
        and claims.get("sub") == session.subject
    )
    if session is None or not belongs:
        raise InvalidRequest("The ID token and the device secret do not belong together, or their session has ended.")
    return session


def _enter(session: SessionState, client: Client, call: CallContext) -> SessionState:
    if session.channel != client.channel_id:
        return start_child_session(
            parent_sid=session.sid,
            channel=client.channel_id,
            via=Via.NATIVE_SSO,
            client_id=client.client_id,
            device_id=session.device_id,
            call=call,
        )
    note_participation(sid=session.sid, client_id=client.client_id, call=call)
    return session
