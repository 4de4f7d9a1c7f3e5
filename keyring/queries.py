"""Questions to the key ring, answered from memory and at most a second old on every node."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from keyring import rules
from keyring.errors import NoSigningKey, SigningKeyUnreadable
from keyring.models import SigningKey
from keyring.types import PublicKey
from kit import crypto

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
    checked_at: float  # time.monotonic: a wall clock that is set back must not stop the checks


_lock = threading.Lock()
_ring: _Ring | None = None


def list_published_keys() -> list[dict[str, str]]:
    """The public JWKs that may verify a token: next, active and retired, oldest first."""
    return [dict(key.jwk) for key in _fresh_ring(FRESH_SECONDS).keys]


def get_signer() -> Signer:
    """The active key. Raises NoSigningKey before there is one, SigningKeyUnreadable under a wrong key."""
    signer = _fresh_ring(FRESH_SECONDS).signer
    if signer is None:
        raise NoSigningKey
    return signer


def find_verifier(kid: str) -> ec.EllipticCurvePublicKey | None:
    """The public key called `kid`, if it may verify.

    An unknown kid looks into the database before its time, because another node may have rotated just now; not
    more often than every 100 ms, so that tokens with invented kids cost next to nothing.
    """
    known = _fresh_ring(FRESH_SECONDS).verifiers.get(kid)
    return known or _fresh_ring(UNKNOWN_KID_PAUSE_SECONDS).verifiers.get(kid)


def forget_keys() -> None:
    """Drop what this process remembers; the next question reads the database."""
    global _ring
    with _lock:  # waits for a reading in progress, whose answer would otherwise come back afterwards
        _ring = None


def open_private_key(row: SigningKey) -> ec.EllipticCurvePrivateKey:
    """The private key of a row; raises SigningKeyUnreadable when KEY_ENCRYPTION_KEY is not the one it was made with."""
    try:
        der = crypto.unwrap(bytes(row.wrapped_private or b""), context=private_key_context(row.kid))
    except crypto.CannotUnwrap as error:
        raise SigningKeyUnreadable from error
    key = load_der_private_key(der, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SigningKeyUnreadable
    return key


def private_key_context(kid: str) -> str:
    """What a wrapped private key is bound to."""
    return f"signing-key:{kid}"


def _fresh_ring(seconds: float) -> _Ring:
    """The ring as the database had it at most `seconds` ago; one small query when it is older."""
    global _ring
    ring = _ring
    if ring is not None and time.monotonic() - ring.checked_at < seconds:
        return ring
    with _lock:  # one thread asks; the others wait for its answer rather than ask too
        ring = _ring
        if ring is None or time.monotonic() - ring.checked_at >= seconds:
            _ring = ring = _reload(ring)
        return ring


def _reload(ring: _Ring | None) -> _Ring:
    now = time.monotonic()  # before the read: what is committed during it counts as not yet seen
    rows = SigningKey.objects.published()
    version: _Version = tuple(rows.values_list("kid", "activated_at", "retired_at"))
    if ring is not None and ring.version == version:
        return _Ring(version, ring.keys, ring.verifiers, ring.signer, now)
    return _load(list(rows), now)


def _load(rows: list[SigningKey], now: float) -> _Ring:
    keys = tuple(PublicKey(kid=row.kid, alg=row.alg, jwk=row.public_jwk) for row in rows)
    active = next((row for row in rows if row.activated_at and not row.retired_at), None)
    return _Ring(
        version=tuple((row.kid, row.activated_at, row.retired_at) for row in rows),
        keys=keys,
        verifiers={key.kid: rules.import_public_jwk(key.jwk) for key in keys},
        signer=Signer(kid=active.kid, key=open_private_key(active)) if active else None,
        checked_at=now,
    )
