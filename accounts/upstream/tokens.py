"""ID tokens of providers upstream: the signature first, whatever the way the token came, then what it says.

The key comes from the provider's own key set and nowhere else: what a token's header says about keys (`jwk`, `jku`,
`x5u`) is not read, and a token that says it is refused.
"""

import hashlib
import json
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, RSAKey

from accounts import rules
from accounts.errors import UpstreamRefused
from accounts.types import Expected
from accounts.upstream.metadata import find_keys
from kit.signatures import decode, encode

_LONGEST = 16_000
_LEAST_RSA_BITS = 2048
_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_POINTERS_TO_KEYS = {"jwk", "jku", "x5u", "crit"}


def read_id_token(token: object, *, jwks_uri: str, expected: Expected, access_token: str = "") -> dict[str, Any]:
    """The claims of a provider's ID token; raises UpstreamRefused with what was wrong, UpstreamSilent."""
    header, claims = _parse(token)
    algorithm = header.get("alg")
    if algorithm not in rules.SIGNING_ALGORITHMS:
        raise UpstreamRefused("id_token: alg")
    if _POINTERS_TO_KEYS & header.keys():
        raise UpstreamRefused("id_token: header")
    key = _key_for(algorithm, header.get("kid"), jwks_uri)
    try:
        jws.deserialize_compact(str(token), key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError) as error:
        raise UpstreamRefused("id_token: signature") from error
    if fault := rules.fault_in_id_token(claims, expected):
        raise UpstreamRefused(f"id_token: {fault}")
    if "at_hash" in claims and claims["at_hash"] != _half_hash(access_token, algorithm):
        raise UpstreamRefused("id_token: at_hash")
    return claims


def _parse(token: object) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = token.split(".") if isinstance(token, str) and len(token) <= _LONGEST else []
    if len(parts) != 3 or not parts[2]:
        raise UpstreamRefused("id_token: shape")
    try:
        header, claims = (json.loads(decode(part)) for part in parts[:2])
    except (ValueError, RecursionError) as error:
        raise UpstreamRefused("id_token: shape") from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise UpstreamRefused("id_token: shape")
    return header, claims


def _key_for(algorithm: str, kid: object, jwks_uri: str) -> Key:
    """The one key of the provider that can have made this signature."""
    if kid is not None and not isinstance(kid, str):
        raise UpstreamRefused("id_token: kid")
    fit = [key for key in find_keys(jwks_uri, kid) if _fits(key, algorithm)]
    if len(fit) != 1:
        raise UpstreamRefused("id_token: kid")
    try:
        key = JWKRegistry.import_key({name: value for name, value in fit[0].items() if name != "d"})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise UpstreamRefused("jwks: key") from error
    if isinstance(key, RSAKey) and key.public_key.key_size < _LEAST_RSA_BITS:
        raise UpstreamRefused("jwks: key")
    return key


def _fits(key: dict[str, Any], algorithm: str) -> bool:
    return (
        key.get("kty") == _KINDS[algorithm[:2]]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )


def _half_hash(access_token: str, algorithm: str) -> str:
    """`at_hash` (OpenID Connect Core 3.1.3.6); EdDSA takes SHA-512, the hash inside Ed25519."""
    size = "512" if algorithm == "EdDSA" else algorithm[2:]
    whole = hashlib.new(f"sha{size}", access_token.encode()).digest()
    return encode(whole[: len(whole) // 2])
