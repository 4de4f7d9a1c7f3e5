"""The protocol's judgement: pure functions over frozen values, readable aloud."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from channel_registry.types import meets
from oauth.types import AccessClaims, AuthorizationFacts, Prompt, RefreshToken

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_REFRESH_TOKEN = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")
_LOOPBACK = {"127.0.0.1", "[::1]", "localhost"}


# --- Redirects -------------------------------------------------------------------------------------------------


def redirect_uri_matches(presented: str, registered: Iterable[str], *, native: bool) -> bool:
    """Byte-equal to a registered URI; a native client's loopback URI may differ in its port (RFC 8252 7.3)."""
    registered = tuple(registered)
    if presented in registered:
        return True
    if not native:
        return False
    portless = _without_loopback_port(presented)
    return portless is not None and portless in {_without_loopback_port(uri) for uri in registered}


def _without_loopback_port(uri: str) -> str | None:
    match = re.fullmatch(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?(/[\x21-\x7e]*)?", uri)
    if match is None or "#" in uri or (match[2] and int(match[2]) > 65535):
        return None
    return f"http://{match[1]}{match[3] or ''}"


def redirect_uri_problem(uri: str, *, native: bool) -> str | None:
    """Why a redirect URI may not be registered, or None: absolute, no fragment, https (or loopback http)."""
    parts = urlsplit(uri)
    if "#" in uri or "*" in uri or not re.fullmatch(r"[\x21-\x7e]+", uri):
        return "holds a fragment, a wildcard or a character that is not plain ASCII"
    if parts.username is not None or parts.password is not None:
        return "holds a user name"
    if parts.scheme == "https" and parts.hostname:
        return None
    if parts.scheme == "http" and parts.netloc.rsplit(":", 1)[0] in _LOOPBACK:
        return None
    if native and "." in parts.scheme and not parts.netloc:
        return None  # a private-use scheme in reverse domain form (RFC 8252 7.1)
    return "must be https, http on a loopback address, or a native app's own reverse-domain scheme"


# --- PKCE --------------------------------------------------------------------------------------------------------


def code_challenge_is_valid(challenge: str) -> bool:
    """Whether a challenge can be the S256 of anything: 43 base64url characters (RFC 7636 4.2)."""
    return bool(_CHALLENGE.fullmatch(challenge))


def code_verifier_matches(verifier: str, challenge: str) -> bool:
    """Whether the verifier hashes to the challenge, in constant time (RFC 7636 4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    hashed = hashlib.sha256(verifier.encode("ascii")).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(), challenge)


# --- Prompts -------------------------------------------------------------------------------------------------------


def first_unmet_prompt(facts: AuthorizationFacts) -> Prompt | None:
    """What the person must do next, or None when a code can be issued (OIDC Core 3.1.2.3)."""
    return next((prompt for prompt, is_unmet in _PROMPTS if is_unmet(facts)), None)


def _must_sign_in(facts: AuthorizationFacts) -> bool:
    return not facts.signed_in


def _must_reauthenticate(facts: AuthorizationFacts) -> bool:
    if facts.auth_time is None:
        return True
    if facts.prompt & {"login", "select_account"} or facts.max_age == 0:
        return facts.begun_at is None or facts.auth_time < facts.begun_at
    return facts.max_age is not None and facts.now - facts.auth_time > timedelta(seconds=facts.max_age)


def _must_raise_level(facts: AuthorizationFacts) -> bool:
    return not any(meets(facts.acr, acr) for acr in facts.accepted_acr)


def _must_consent(facts: AuthorizationFacts) -> bool:
    return (facts.needs_consent or "consent" in facts.prompt) and not facts.consented


_PROMPTS: tuple[tuple[Prompt, Callable[[AuthorizationFacts], bool]], ...] = (
    (Prompt.SIGN_IN, _must_sign_in),
    (Prompt.REAUTHENTICATE, _must_reauthenticate),
    (Prompt.RAISE_LEVEL, _must_raise_level),
    (Prompt.CONSENT, _must_consent),
)

#: What `prompt=none` answers in place of asking (OIDC Core 3.1.2.6).
SILENT_ERRORS = {
    Prompt.SIGN_IN: "login_required",
    Prompt.REAUTHENTICATE: "login_required",
    Prompt.RAISE_LEVEL: "interaction_required",
    Prompt.CONSENT: "consent_required",
}


def accepted_acr(requested: Sequence[str], minimum: str) -> tuple[str, ...]:
    """The levels that satisfy both the request's `acr_values` (any of them) and the channel's minimum."""
    wanted = [acr for acr in requested if meets(acr, minimum)]
    return tuple(wanted) or (minimum,)


# --- Scopes and audiences --------------------------------------------------------------------------------------------


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


# --- Claims --------------------------------------------------------------------------------------------------------------


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
    return payload


def id_token_claims(
    claims: AccessClaims, *, issuer: str, now: datetime, lifetime: int, nonce: str, access_token: str
) -> dict[str, Any]:
    """The payload of an ID token (OIDC Core section 2), with `sid` for logout and `at_hash` for the pair."""
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
    return payload | ({"nonce": nonce} if nonce else {})


def at_hash(token: str) -> str:
    """The left half of the token's SHA-256, base64url (OIDC Core 3.1.3.6 for ES256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()[:16]).rstrip(b"=").decode()


def grant_of(jti: str) -> str | None:
    """The grant an access token came from: its `jti` begins with the grant's id and a dot."""
    grant, dot, _ = jti.partition(".")
    return grant if dot else None


# --- Refresh tokens ------------------------------------------------------------------------------------------------------


def split_refresh_token(token: str) -> RefreshToken | None:
    """The two halves of a refresh token, `handle.secret`; None for anything that is not one."""
    match = _REFRESH_TOKEN.fullmatch(token)
    return RefreshToken(match[1], match[2]) if match else None
