"""Opaque identifiers and machine-made secrets, and how secrets are stored."""

import hashlib
import secrets


def new_id(prefix: str = "") -> str:
    """A fresh opaque id of 128 random bits, URL-safe, with an optional readable prefix."""
    return prefix + secrets.token_urlsafe(16)


def new_secret() -> str:
    """A fresh secret of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256 of a machine-made secret, hex: what is stored in place of the secret.

    A fast hash is right only because the input has at least 128 random bits; passwords use argon2id.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
