"""Ed25519 signatures (RFC 8032) under a seed from the environment."""

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@lru_cache(maxsize=4)
def _private(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(seed))


def sign(message: bytes, *, seed: str) -> bytes:
    """Sign with the key that grows from `seed`: 32 bytes in URL-safe base64."""
    return _private(seed).sign(message)


def public_key(seed: str) -> bytes:
    """The raw public key, 32 bytes, that belongs to `seed`."""
    return _private(seed).public_key().public_bytes_raw()


def is_signed(message: bytes, signature: bytes, *, public: bytes) -> bool:
    """Whether `signature` over `message` was made with the private half of the raw key `public`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def encode(raw: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Undo `encode`; padding may be there or not. Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
