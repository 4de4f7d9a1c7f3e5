"""Compact JWTs (RFC 7515, RFC 7519) with ES256 and nothing else: pure functions over keys and bytes.

Written out rather than taken from a JOSE library, because there is one algorithm and one exact header to accept:
what a library makes configurable is here impossible.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from keyring.errors import InvalidToken
from keyring.types import ALG

MAX_TOKEN_CHARACTERS = 16_384
_COORDINATE_BYTES = 32
_HEADER_MEMBERS = {"alg", "typ", "kid"}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_ES256 = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token whose form and header are right; nothing about its payload is known before `check_signature`."""

    kid: str
    signing_input: bytes
    signature: bytes
    payload: str


def public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as a complete JWK; `kid` is the RFC 7638 thumbprint."""
    numbers = key.public_numbers()
    x, y = (_encode(each.to_bytes(_COORDINATE_BYTES, "big")).decode() for each in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": ALG, "kid": thumbprint(x=x, y=y)}


def thumbprint(*, x: str, y: str) -> str:
    """The RFC 7638 thumbprint of a P-256 key: SHA-256 over the required members in lexicographic order."""
    required = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
    return _encode(hashlib.sha256(required.encode()).digest()).decode()


def import_public_jwk(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    """Undo `public_jwk`."""
    x, y = (int.from_bytes(_decode(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def encode_header(*, kid: str, typ: str) -> bytes:
    """The encoded protected header; a signer keeps it, as it is the same for every token of a type."""
    return _encode(_serialize({"alg": ALG, "typ": typ, "kid": kid}))


def sign(claims: Mapping[str, Any], *, header: bytes, key: ec.EllipticCurvePrivateKey) -> str:
    """The compact JWT over `claims`. Raises TypeError or ValueError when they are not JSON."""
    signing_input = header + b"." + _encode(_serialize(claims))
    r, s = decode_dss_signature(key.sign(signing_input, _ES256))
    raw = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
    return (signing_input + b"." + _encode(raw)).decode("ascii")


def parse_token(token: object, *, typ: str, longest: int = MAX_TOKEN_CHARACTERS) -> UnverifiedToken:
    """Check a token's form and that its header has exactly alg, typ and kid with acceptable values.

    `typ` is compared case-insensitively. Members that would choose a key or change the meaning (jwk, jku, x5u,
    x5c, crit, ...) are refused because every member but the three is. Raises InvalidToken.
    """
    if not isinstance(token, str) or len(token) > longest:
        raise InvalidToken("The token is not a text of acceptable length.")
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken("The token does not have three parts.")
    header = _read_object(parts[0])
    if set(header) != _HEADER_MEMBERS or header["alg"] != ALG or not _same_type(header["typ"], typ):
        raise InvalidToken("The token's header is not the one of this type of token.")
    if not isinstance(header["kid"], str):
        raise InvalidToken("The token names no key.")
    signature = _decode(parts[2])
    if len(signature) != 2 * _COORDINATE_BYTES or not _BASE64URL.fullmatch(parts[1]):
        raise InvalidToken("The token's signature is malformed.")
    return UnverifiedToken(
        kid=header["kid"],
        signing_input=f"{parts[0]}.{parts[1]}".encode("ascii"),
        signature=signature,
        payload=parts[1],
    )


def check_signature(token: UnverifiedToken, *, key: ec.EllipticCurvePublicKey) -> dict[str, Any]:
    """The claims, once the signature has proved them. Raises InvalidToken."""
    r, s = (int.from_bytes(half, "big") for half in (token.signature[:32], token.signature[32:]))
    try:
        key.verify(encode_dss_signature(r, s), token.signing_input, _ES256)
    except InvalidSignature as error:
        raise InvalidToken("The token's signature does not match.") from error
    return _read_object(token.payload)


def _same_type(given: object, wanted: str) -> bool:
    return isinstance(given, str) and given.isascii() and given.lower() == wanted.lower()


def _serialize(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def _encode(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _decode(text: str) -> bytes:
    """Base64url without padding (RFC 7515, 2), only in its one canonical spelling."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise InvalidToken("A part of the token is not base64url.")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encode(raw) != text.encode("ascii"):
        raise InvalidToken("A part of the token is not canonical base64url.")
    return raw


def _read_object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_decode(part), object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise InvalidToken("A part of the token is not JSON.") from error
    if not isinstance(value, dict):
        raise InvalidToken("A part of the token is not a JSON object.")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
