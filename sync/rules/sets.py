"""Security event tokens (RFC 8417) and subject identifiers (RFC 9493), written and read."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, RSAKey

from kit.signatures import decode
from sync.errors import SetRefused
from sync.types import HeardSet, SetFault

SET_TYPE = "secevent+jwt"
SET_MEDIA_TYPE = "application/secevent+jwt"
LONGEST_SET = 64_000
CLOCKS_DIFFER = timedelta(minutes=5)
_ALGORITHMS = {"ES256": "EC", "RS256": "RSA"}
_LEAST_RSA_BITS = 2048
_POINTERS_TO_KEYS = {"jwk", "jku", "x5u", "x5c", "crit"}
_LAST_INSTANT = 253_402_300_799


# --- Writing --------------------------------------------------------------------------------------------------


def make_set(
    *,
    issuer: str,
    audience: str,
    jti: str,
    txn: str,
    occurred_at: datetime,
    subject: Mapping[str, Any],
    uri: str,
    payload: Mapping[str, Any],
) -> dict[str, Any]:
    """The claims of a token: one event, `sub_id`, no `exp` and no `sub`. The same values give the same claims."""
    at = int(occurred_at.timestamp())
    return {
        "iss": issuer,
        "aud": audience,
        "iat": at,
        "jti": jti,
        "txn": txn,
        "toe": at,
        "sub_id": dict(subject),
        "events": {uri: dict(payload)},
    }


def subject_of(*, issuer: str, subject: str, email: str = "", session: str = "") -> dict[str, Any]:
    """Who an event is about: `email` where it is given, else `iss_sub`; with `session` one session of hers (complex).

    RFC 9493 sections 3.2.2, 3.2.3; SSF 1.0 section 3.2.
    """
    who = {"format": "email", "email": email} if email else {"format": "iss_sub", "iss": issuer, "sub": subject}
    if not session:
        return who
    return {"format": "complex", "user": who, "session": opaque(session)}


def opaque(id: str) -> dict[str, str]:
    """A subject that only both sides know by this id (RFC 9493 section 3.2.4)."""
    return {"format": "opaque", "id": id}


# --- Reading --------------------------------------------------------------------------------------------------


def parse_set(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unverified; raises SetRefused for what is no token of this type."""
    parts = token.split(".") if len(token) <= LONGEST_SET and token.isascii() else []
    if len(parts) != 3 or not parts[2]:
        raise SetRefused(SetFault.REQUEST, "It is no security event token.")
    try:
        header, claims = (json.loads(decode(part), parse_constant=_refuse) for part in parts[:2])
    except (ValueError, RecursionError) as error:
        raise SetRefused(SetFault.REQUEST, "It is no security event token.") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise SetRefused(SetFault.REQUEST, "It is no security event token.")
    typ = header.get("typ")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") != SET_TYPE:
        raise SetRefused(SetFault.REQUEST, f"Its type is not {SET_TYPE}.")
    return header, claims


def pick_key(header: Mapping[str, Any], keys: list[dict[str, Any]]) -> Key:
    """The one key that can have signed it: ES256, or RS256 of 2048 bits or more. Raises SetRefused (invalid_key)."""
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS or _POINTERS_TO_KEYS & header.keys():
        raise SetRefused(SetFault.KEY, "It must be signed by ES256 or RS256 with a published key.")
    fit = [each for each in keys if _fits(each, algorithm) and (kid is None or each.get("kid") == kid)]
    if len(fit) != 1:
        raise SetRefused(SetFault.KEY, "Its key is none of those that its issuer has published.")
    try:
        key = JWKRegistry.import_key({name: value for name, value in fit[0].items() if name != "d"})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SetRefused(SetFault.KEY, "The key that its issuer has published is none.") from error
    if isinstance(key, RSAKey) and key.public_key.key_size < _LEAST_RSA_BITS:
        raise SetRefused(SetFault.KEY, "Its key is too short.")
    return key


def check_signature(token: str, *, key: Key, algorithm: str) -> None:
    """Raises SetRefused (authentication_failed) for a token that this key has not signed."""
    try:
        jws.deserialize_compact(token, key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError) as error:
        raise SetRefused(SetFault.AUTHENTICATION, "Its signature does not verify.") from error


def read_set(claims: Mapping[str, Any], *, audience: str, now: datetime, oldest: timedelta) -> HeardSet:
    """The event in verified claims. Raises SetRefused: wrong audience, no single event, no subject, from too long ago.

    `exp` and `sub` are no claims of such a token (SSF 1.0 sections 4.1.6, 4.1.7).
    """
    meant_for = claims.get("aud")
    if audience not in (meant_for if isinstance(meant_for, list) else [meant_for]):
        raise SetRefused(SetFault.AUDIENCE, "It is meant for somebody else.")
    jti, issued_at = claims.get("jti"), _instant(claims.get("iat"), now)
    if not isinstance(jti, str) or not 0 < len(jti) <= 255 or issued_at is None:
        raise SetRefused(SetFault.REQUEST, "It needs jti and iat.")
    if not now - oldest < issued_at <= now + CLOCKS_DIFFER:
        raise SetRefused(SetFault.REQUEST, "It was issued too long ago, or is not issued yet.")
    if "exp" in claims or "sub" in claims:
        raise SetRefused(SetFault.REQUEST, "It has exp or sub, which no such token has.")
    uri, payload = _read_event(claims.get("events"))
    subject = claims.get("sub_id")
    if not isinstance(subject, dict) or not isinstance(subject.get("format"), str):
        raise SetRefused(SetFault.REQUEST, "It needs a sub_id (RFC 9493).")
    return HeardSet(jti=jti, uri=uri, subject=subject, payload=payload, issued_at=issued_at)


def read_subject(subject: Mapping[str, Any]) -> tuple[str, str, str]:
    """Of a subject identifier issuer, subject and e-mail address, "" where it has none; of a complex one the user's.

    Raises SetRefused (invalid_request) where a member is missing or of another type (RFC 9493 section 3).
    """
    form = subject.get("format")
    if form == "complex":
        user = subject.get("user")
        return read_subject(user) if isinstance(user, dict) and user.get("format") != "complex" else ("", "", "")
    if form == "iss_sub":
        return _text(subject, "iss"), _text(subject, "sub"), ""
    if form == "email":
        return "", "", _text(subject, "email")
    return "", "", ""


def _text(subject: Mapping[str, Any], name: str) -> str:
    value = subject.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 2048 or not value.isprintable():
        raise SetRefused(SetFault.REQUEST, f"The subject needs {name}.")
    return value


def _read_event(events: object) -> tuple[str, dict[str, Any]]:
    if not isinstance(events, dict) or len(events) != 1:
        raise SetRefused(SetFault.REQUEST, "It holds one event.")
    [(uri, payload)] = events.items()
    if not isinstance(payload, dict):
        raise SetRefused(SetFault.REQUEST, "An event is a JSON object.")
    return uri, payload


def _instant(value: object, now: datetime) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LAST_INSTANT:
        return None
    return datetime.fromtimestamp(value, tz=now.tzinfo)


def _fits(key: Mapping[str, Any], algorithm: str) -> bool:
    same = key.get("kty") == _ALGORITHMS[algorithm] and key.get("crv", "P-256") == "P-256"
    return same and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
