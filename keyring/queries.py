"""Questions to the key ring, signing and verifying; answered from memory, at most a second old on every node."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from keyring import rules
from keyring.errors import InvalidToken, NoSigningKey, SigningKeyUnreadable
from keyring.models import SigningKey
from keyring.types import PublicKey
from kit import crypto
from kit.fresh import Fresh

FRESH_SECONDS = 1.0
UNKNOWN_KID_PAUSE_SECONDS = 0.1

_Version = tuple[tuple[str, datetime | None, datetime | None], ...]


@dataclass(slots=True)
class Signer:
    """The active private key, imported; `headers` keeps the encoded header of each type of token."""

    kid: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    headers: dict[str, bytes] = field(default_factory=dict)

    def header(self, typ: str) -> bytes:
        """The encoded header for tokens of type `typ`."""
        if (header := self.headers.get(typ)) is None:
            header = self.headers[typ] = rules.encode_header(kid=self.kid, typ=typ)
        return header


@dataclass(frozen=True, slots=True)
class _Ring:
    version: _Version
    keys: tuple[PublicKey, ...]
    verifiers: dict[str, ec.EllipticCurvePublicKey]
    signer: Signer | None


def sign_jwt(claims: Mapping[str, Any], *, typ: str) -> str:
    """A compact JWT over `claims` with the active key (ES256, `kid` and `typ` in the header); about 25 µs.

    Reads no clock: `iat`, `exp` and the rest are the caller's. Raises NoSigningKey before `ensure_signing_key`.
    """
    signer = get_signer()
    return rules.sign(claims, header=signer.header(typ), key=signer.key)


def verify_jwt(token: str, *, typ: str) -> dict[str, Any]:
    """The claims of a token that this gateway signed as type `typ`; raises InvalidToken for anything else.

    Checks form, header, key and signature. `exp`, `aud`, `iss` and revocation are the caller's to check.
    """
    unverified = rules.parse_token(token, typ=typ)
    key = find_verifier(unverified.kid)
    if key is None:
        raise InvalidToken("The token names a key that is not in the ring.")
    return rules.check_signature(unverified, key=key)


def list_published_keys() -> list[dict[str, str]]:
    """The public JWKs that may verify a token: next, active and retired, oldest first."""
    return [dict(key.jwk) for key in _memory.get().keys]


def get_signer() -> Signer:
    """The active key. Raises NoSigningKey before there is one, SigningKeyUnreadable under a wrong key."""
    signer = _memory.get().signer
    if signer is None:
        raise NoSigningKey
    return signer


def find_verifier(kid: str) -> ec.EllipticCurvePublicKey | None:
    """The public key called `kid`, if it may verify.

    An unknown kid looks into the database before its time, because another node may have rotated just now; not
    more often than every 100 ms, so that tokens with invented kids cost next to nothing.
    """
    known = _memory.get().verifiers.get(kid)
    return known or _memory.get(seconds=UNKNOWN_KID_PAUSE_SECONDS).verifiers.get(kid)


def forget_keys() -> None:
    """Drop what this process remembers; the next question reads the database."""
    _memory.forget()


def open_private_key(row: SigningKey) -> ec.EllipticCurvePrivateKey:
    """The private key of a row; raises SigningKeyUnreadable when KEY_ENCRYPTION_KEY is not the one it was made with."""
    try:
        der = crypto.unwrap(bytes(row.wrapped_private or b""), context=private_key_context(row.kid))
        key = load_der_private_key(der, password=None)
    except (crypto.CannotUnwrap, ValueError) as error:  # ValueError: cut short, not even a nonce
        raise SigningKeyUnreadable from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SigningKeyUnreadable
    return key


def private_key_context(kid: str) -> str:
    """What a wrapped private key is bound to."""
    return f"signing-key:{kid}"


def _read(ring: _Ring | None) -> _Ring:
    rows = SigningKey.objects.published()
    if ring is not None and ring.version == tuple(rows.values_list("kid", "activated_at", "retired_at")):
        return ring
    return _load(list(rows))


def _load(rows: list[SigningKey]) -> _Ring:
    keys = tuple(PublicKey(kid=row.kid, alg=row.alg, jwk=row.public_jwk) for row in rows)
    active = next((row for row in rows if row.activated_at and not row.retired_at), None)
    return _Ring(
        version=tuple((row.kid, row.activated_at, row.retired_at) for row in rows),
        keys=keys,
        verifiers={key.kid: rules.import_public_jwk(key.jwk) for key in keys},
        signer=Signer(kid=active.kid, key=open_private_key(active)) if active else None,
    )


_memory: Fresh[_Ring] = Fresh(_read, seconds=FRESH_SECONDS)
