"""Who calls the API: the access token becomes a `kit.call.Caller`."""

from datetime import UTC, datetime
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.queries import get_account
from assurance.services import measure_confidence
from kit import clock
from kit.call import ANONYMOUS, CallContext, Caller, CallerKind, SessionProof
from kit.permissions import ClientPrincipal
from kit.trace import current_trace_id
from oauth import conf
from oauth.errors import CannotApproveHere, InvalidAccessToken
from oauth.queries import (
    find_client,
    find_next_channel,
    get_answering_session,
    has_part_in,
    read_access_token,
    read_provisioning_token,
    serves_channel,
    serves_client,
)
from oauth.types import PROVISIONING_PREFIX
from sessions_hub.queries import find_live_session


class AccessTokenAuthentication(BaseAuthentication):
    """Bearer access tokens of this gateway, meant for its own API, and what clients keep for SCIM.

    Raises InvalidAccessToken for anything else.
    """

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        claims = _read(token.strip())
        caller = caller_of(claims)
        request._request.caller = caller  # type: ignore[attr-defined]
        return (get_account(caller.subject) if caller.subject else ClientPrincipal(caller)), caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="throughline"'


def _read(token: str) -> dict[str, Any]:
    if token.startswith(PROVISIONING_PREFIX):
        return read_provisioning_token(token=token, now=clock.now())
    return read_access_token(token=token, now=clock.now(), audience=conf.own_audience())


def caller_of(claims: dict[str, Any]) -> Caller:
    """The caller an access token speaks for; a client's own token has no subject."""
    client_id = claims["client_id"]
    client = find_client(client_id=client_id)
    sid = claims.get("sid")
    return Caller(
        kind=CallerKind.CLIENT,
        client_id=client_id,
        channel=client.channel_id if client else None,
        of_the_house=client is not None and client.skip_authorization,
        purpose=client.purpose if client else "",
        subject=claims["sub"] if sid else None,
        act=claims["act"]["sub"] if "act" in claims else None,
        sid=sid,
        acr=claims.get("acr"),
        amr=tuple(claims.get("amr", ())),
        auth_time=datetime.fromtimestamp(claims["auth_time"], UTC) if "auth_time" in claims else None,
        scopes=frozenset(claims["scope"].split()),
        registered=frozenset(client.scope_list) if client else frozenset(),
        confidence_in=lambda sid: _confidence(sid, client.channel_id) if client else None,
        takes_part_in=lambda sid: has_part_in(sid=sid, client_id=client_id),
        channel_of_in=lambda other: find_next_channel(client_id=client_id, other=other),
        serves_channel_in=lambda channel: serves_channel(channel=channel, client_id=client_id),
        serves_client_in=lambda other: serves_client(other=other, client_id=client_id),
        may_prove_in=lambda sid: _may_prove(sid, client_id),
        proof_in=_find_proof,
    )


def _find_proof(sid: str) -> SessionProof | None:
    state = find_live_session(sid=sid, now=clock.now())
    if state is None:
        return None
    return SessionProof(state.subject, state.level.acr, state.level.amr, state.level.auth_time)


def _confidence(sid: str, channel: str) -> float | None:
    call = CallContext(caller=ANONYMOUS, now=clock.now(), trace_id=current_trace_id())
    return measure_confidence(sid=sid, channel=channel, call=call)


def _may_prove(sid: str, client_id: str) -> bool:
    try:
        get_answering_session(sid=sid, client_id=client_id, now=clock.now())
    except (CannotApproveHere, InvalidAccessToken):
        return False
    return True
