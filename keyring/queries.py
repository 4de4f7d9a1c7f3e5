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
MOST_VERIFIED = 4096  # tokens remembered as verified, some megabytes; then all are forgotten

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
    """One state of the ring, with the tokens that were verified under it: another state begins with none."""

    version: _Version
    keys: tuple[PublicKey, ...]
    verifiers: dict[str, ec.EllipticCurvePublicKey]
    signer: Signer | None
    verified: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


def sign_jwt(claims: Mapping[str, Any], *, typ: str) -> str:
    """A compact JWT over `claims` with the active key (ES256, `kid` and `typ` in the header); about 25 µs.

    Reads no clock: `iat`, `exp` and the rest are the caller's. Raises NoSigningKey before `ensure_signing_key`.
    """
    signer = get_signer()
    return rules.sign(claims, header=signer.header(typ), key=signer.key)


def verify_jwt(token: str, *, typ: str, longest: int = rules.MAX_TOKEN_CHARACTERS) -> dict[str, Any]:
    """The claims of a token that this gateway signed as type `typ`; raises InvalidToken for anything else.

    Checks form, header, key and signature, once for each token while the ring stays as it is; of a type that may be
    longer (`longest`, in characters) a long one is checked each time. `exp`, `aud`, `iss` and revocation are the
    caller's to check, each time.
    """
    if (known := _memory.get().verified.get((typ, token))) is not None:
        return dict(known)
    unverified = rules.parse_token(token, typ=typ, longest=longest)
    ring = _find_ring(unverified.kid)
    if ring is None:
        raise InvalidToken("The token names a key that is not in the ring.")
    claims = rules.check_signature(unverified, key=ring.verifiers[unverified.kid])
    if len(token) <= rules.MAX_TOKEN_CHARACTERS:
        if len(ring.verified) >= MOST_VERIFIED:
            ring.verified.clear()
        ring.verified[typ, token] = claims
    return dict(claims)


def verify_document(token: str, *, typ: str) -> dict[str, Any]:
    """`verify_jwt` for what is kept for years: keys that verify no token any more count too. One statement.

    Raises InvalidToken. Never for what lets somebody in.
    """
    unverified = rules.parse_token(token, typ=typ)
    row = SigningKey.objects.filter(kid=unverified.kid).first()
    if row is None:
        raise InvalidToken("The document names a key that this gateway never had.")
    return rules.check_signature(unverified, key=rules.import_public_jwk(row.public_jwk))


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
    """The public key called `kid`, if it may verify."""
    ring = _find_ring(kid)
    return ring.verifiers[kid] if ring else None


def _find_ring(kid: str) -> _Ring | None:
    """The ring as it is now, if it has the key.

    An unknown kid looks into the database before its time, because another node may have rotated just now; not
    more often than every 100 ms, so that tokens with invented kids cost next to nothing.
    """
    ring = _memory.get()
    if kid not in ring.verifiers:
        ring = _memory.get(seconds=UNKNOWN_KID_PAUSE_SECONDS)
    return ring if kid in ring.verifiers else None


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
