"""Scopes, audiences and claims of tokens, and the shape of refresh tokens."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from oauth.types import AccessClaims, RefreshToken

_REFRESH_TOKEN = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


def granted_audience(requested: Sequence[str], offered: Sequence[str]) -> tuple[str, ...] | None:
    """Who the token is for: `resource` narrows what is offered and never widens it (RFC 8707).

    None when a requested resource is not offered.
    """
    if not requested:
        return tuple(offered)
    return tuple(dict.fromkeys(requested)) if set(requested) <= set(offered) else None


def narrowed_scopes(requested: str, original: Sequence[str]) -> tuple[str, ...] | None:
    """A refresh may ask for fewer scopes, never more (RFC 6749 section 6); None when it asks for more."""
    words = tuple(dict.fromkeys(requested.split()))
    if not words:
        return tuple(original)
    return words if set(words) <= set(original) else None


def access_token_claims(claims: AccessClaims, *, issuer: str, now: datetime, lifetime: int) -> dict[str, Any]:
    """The payload of an access token (RFC 9068 section 2.2)."""
    issued_at = int(now.timestamp())
    payload: dict[str, Any] = {
        "iss": issuer,
        "sub": claims.subject,
        "aud": claims.audience[0] if len(claims.audience) == 1 else list(claims.audience),
        "client_id": claims.client_id,
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "jti": claims.jti,
        "scope": " ".join(claims.scopes),
    }
    if claims.sid and claims.auth_time:
        payload |= {
            "sid": claims.sid,
            "acr": claims.acr,
            "amr": list(claims.amr),
            "auth_time": int(claims.auth_time.timestamp()),
        }
    return payload | ({"act": {"sub": claims.act}} if claims.act else {})


def id_token_claims(
    claims: AccessClaims,
    *,
    issuer: str,
    now: datetime,
    lifetime: int,
    nonce: str,
    access_token: str,
    device_secret: str = "",
) -> dict[str, Any]:
    """The payload of an ID token (OIDC Core section 2), with `sid` for logout and `at_hash` for the pair.

    With a `device_secret`, `ds_hash` binds the two (OpenID Native SSO 1.0 section 3.4).
    """
    issued_at = int(now.timestamp())
    payload: dict[str, Any] = {
        "iss": issuer,
        "sub": claims.subject,
        "aud": claims.client_id,
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "auth_time": int(claims.auth_time.timestamp()) if claims.auth_time else issued_at,
        "acr": claims.acr,
        "amr": list(claims.amr),
        "sid": claims.sid,
        "at_hash": at_hash(access_token),
    }
    payload |= {"nonce": nonce} if nonce else {}
    return payload | ({"ds_hash": at_hash(device_secret)} if device_secret else {})


def at_hash(token: str) -> str:
    """The left half of the token's SHA-256, base64url (OIDC Core 3.1.3.6 for ES256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()[:16]).rstrip(b"=").decode()


def acting_parties(claims: Mapping[str, Any]) -> int:
    """How many act one for the other in a token: the depth of its `act` and `may_act`, whichever is deeper.

    RFC 8693 sections 4.1 and 4.4. What is no object counts as one more party: nobody can say who that is.
    """
    return max(_depth(claims.get("act")), _depth(claims.get("may_act")))


def _depth(claim: object) -> int:
    depth = 0
    while claim is not None:
        depth += 1
        claim = claim.get("act") if isinstance(claim, Mapping) else None
    return depth


def grant_of(jti: str) -> str | None:
    """The grant an access token came from: its `jti` begins with the grant's id and a dot."""
    grant, dot, _ = jti.partition(".")
    return grant if dot else None


def split_refresh_token(token: str) -> RefreshToken | None:
    """The two halves of a refresh token, `handle.secret`; None for anything that is not one."""
    match = _REFRESH_TOKEN.fullmatch(token)
    return RefreshToken(match[1], match[2]) if match else None
