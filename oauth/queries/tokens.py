"""What a presented token is worth, and who may know it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.crypto import constant_time_compare

from keyring.errors import InvalidToken
from keyring.queries import verify_jwt
from kit.ids import digest
from oauth import conf
from oauth.errors import InvalidAccessToken, InvalidRequest
from oauth.models import Client, Grant
from oauth.revocation_list import REVOCATIONS
from oauth.rules import acting_parties, grant_of, split_refresh_token
from oauth.types import RevocationKind
from sessions_hub.queries import find_live_session


def read_access_token(*, token: str, now: datetime, audience: str | None) -> dict[str, Any]:
    """The claims of a live access token: signature, type, issuer, time, audience and revocation checked.

    `audience` None skips the audience, for introspection, where it decides who may ask. Raises InvalidAccessToken.
    """
    try:
        claims = verify_jwt(token, typ="at+jwt")
    except InvalidToken as error:
        raise InvalidAccessToken from error
    if claims.get("iss") != conf.issuer() or not claims["iat"] - 60 <= now.timestamp() < claims["exp"]:
        raise InvalidAccessToken
    if audience is not None and audience not in audiences_of(claims):
        raise InvalidAccessToken
    if REVOCATIONS.reaches(_revocable_keys(claims), issued_at=claims["iat"]):
        raise InvalidAccessToken
    return claims


def read_subject_token(*, token: str, client: Client, now: datetime) -> dict[str, Any]:
    """The claims of a client's own live access token for a customer, brought to an exchange (RFC 8693 section 2.1).

    Nobody acts in it for her: what staff or agents hold is not exchanged any further. Raises InvalidRequest.
    """
    claims = _read_exchanged(token, now)
    if claims["client_id"] != client.client_id or "sid" not in claims:
        raise InvalidRequest("The subject_token was issued to another client, or names no session.")
    if "act" in claims:
        raise InvalidRequest("The subject_token belongs to somebody who acts for the customer.")
    return claims


def read_actor_token(*, token: str, client: Client, now: datetime) -> dict[str, Any]:
    """The claims of the live access token of somebody who is going to act, issued to this client for a person herself.

    Raises InvalidRequest.
    """
    claims = _read_exchanged(token, now)
    if claims["client_id"] != client.client_id or "sid" not in claims or "act" in claims:
        raise InvalidRequest("The actor_token must be a person's own, issued to this client.")
    return claims


def _read_exchanged(token: str, now: datetime) -> dict[str, Any]:
    try:
        claims = read_access_token(token=token, now=now, audience=None)
    except InvalidAccessToken as error:
        raise InvalidRequest("An access token is expired, revoked, or of another kind.") from error
    if acting_parties(claims) > conf.MOST_ACTING_PARTIES:
        raise InvalidRequest("Too many act one for the other in this token.")
    return claims


def read_issued_id_token(*, token: str) -> dict[str, Any]:
    """The claims of one of our ID tokens; whether it has expired is not asked. Raises InvalidRequest."""
    try:
        return read_id_token_hint(token=token)
    except InvalidRequest as error:
        raise InvalidRequest("The subject_token is not an ID token of this issuer.") from error


def audiences_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The `aud` claim as a tuple, whether it was a string or a list."""
    audience = claims["aud"]
    return (audience,) if isinstance(audience, str) else tuple(audience)


def read_id_token_hint(*, token: str) -> dict[str, Any]:
    """The claims of one of our ID tokens, given as a hint; an expired one is still a good hint.

    Raises InvalidRequest for anything else.
    """
    try:
        claims = verify_jwt(token, typ="JWT")
    except InvalidToken as error:
        raise InvalidRequest("id_token_hint is not an ID token of this issuer.") from error
    if claims.get("iss") != conf.issuer() or not isinstance(claims.get("aud"), str):
        raise InvalidRequest("id_token_hint is not an ID token of this issuer.")
    return claims


def _revocable_keys(claims: Mapping[str, Any]) -> list[tuple[RevocationKind, str]]:
    keys = [
        (RevocationKind.ACCOUNT, claims["sub"]),
        (RevocationKind.CLIENT, claims["client_id"]),
        (RevocationKind.TOKEN, claims["jti"]),
    ]
    if act := claims.get("act"):
        keys.append((RevocationKind.ACCOUNT, act["sub"]))
    if sid := claims.get("sid"):
        keys.append((RevocationKind.SESSION, sid))
    if grant := grant_of(claims["jti"]):
        keys.append((RevocationKind.GRANT, grant))
    return keys


def introspect(*, token: str, asking: Client, now: datetime) -> dict[str, Any]:
    """What the asking client may know of a token (RFC 7662): all of it, or that it is not active.

    Resource servers in the token's audience may ask, and the client the token was issued to.
    """
    claims = _introspect_refresh_token(token, asking, now)
    if claims is None:
        try:
            claims = read_access_token(token=token, now=now, audience=None)
        except InvalidAccessToken:
            return {"active": False}
        if claims["client_id"] != asking.client_id and asking.resource not in audiences_of(claims):
            return {"active": False}
        claims = {**claims, "token_type": "Bearer"}
    return {"active": True, **claims} if claims else {"active": False}


def _introspect_refresh_token(token: str, asking: Client, now: datetime) -> dict[str, Any] | None:
    """The claims of a live refresh token of the asking client, empty when dead or foreign, None when it is none."""
    parts = split_refresh_token(token)
    if parts is None:
        return None
    grant = Grant.objects.filter(refresh_handle=digest(parts.handle), application=asking, revoked_at=None).first()
    if grant is None or not constant_time_compare(grant.refresh_secret, digest(parts.secret)):
        return {}
    session = None if asking.has_cut_off(grant) else find_live_session(sid=grant.sid, now=now)
    if session is None or grant.refresh_expires_at is None or now >= grant.refresh_expires_at:
        return {}
    return {
        "sub": session.subject,
        "client_id": asking.client_id,
        "sid": grant.sid,
        "scope": " ".join(grant.scopes_for(asking)),
        "exp": int(grant.refresh_expires_at.timestamp()),
        "token_type": "refresh_token",
    }
