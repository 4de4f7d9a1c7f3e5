"""Authenticated encryption of stored values under the key from the environment.

`wrap` binds a value to a context (for example `signing-key:<kid>`): a ciphertext copied to another
row does not open there.
"""

import base64
import contextlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE_BYTES = 12


class CannotUnwrap(Exception):
    """The ciphertext was altered, belongs to another context, or the key is not the one it was made with."""


@lru_cache(maxsize=4)
def _cipher(encoded_key: str) -> AESGCM:
    return AESGCM(base64.urlsafe_b64decode(encoded_key))


def new_key() -> bytes:
    """A fresh 256-bit data key."""
    return AESGCM.generate_key(bit_length=256)


def encrypt(plaintext: bytes, *, key: bytes, context: str) -> bytes:
    """AES-256-GCM under a given data key; the context is authenticated, not stored."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())


def decrypt(ciphertext: bytes, *, key: bytes, context: str) -> bytes:
    """Undo `encrypt`; raises CannotUnwrap when anything differs."""
    return _open(AESGCM(key), ciphertext, context)


def wrap(plaintext: bytes, *, context: str) -> bytes:
    """Encrypt under KEY_ENCRYPTION_KEY for storage in the database."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(settings.KEY_ENCRYPTION_KEY).encrypt(nonce, plaintext, context.encode())


def unwrap(ciphertext: bytes, *, context: str) -> bytes:
    """Undo `wrap`; raises CannotUnwrap when the key, the context or the bytes differ.

    While KEY_ENCRYPTION_KEY is being replaced, what was wrapped under a previous one opens as well.
    """
    try:
        return _open(_cipher(settings.KEY_ENCRYPTION_KEY), ciphertext, context)
    except CannotUnwrap:
        for previous in settings.KEY_ENCRYPTION_KEY_PREVIOUS:
            with contextlib.suppress(CannotUnwrap):
                return _open(_cipher(previous), ciphertext, context)
        raise


def rewrap(ciphertext: bytes, *, context: str) -> bytes | None:
    """The same value under KEY_ENCRYPTION_KEY when a previous key wrapped it; None when it is so already.

    Raises CannotUnwrap when no key opens it.
    """
    with contextlib.suppress(CannotUnwrap):
        _open(_cipher(settings.KEY_ENCRYPTION_KEY), ciphertext, context)
        return None
    return wrap(unwrap(ciphertext, context=context), context=context)


def rewrap_text(text: str, *, context: str) -> str | None:
    """`rewrap` for what is kept as URL-safe base64; raises ValueError for what is none."""
    renewed = rewrap(base64.urlsafe_b64decode(text), context=context)
    return None if renewed is None else base64.urlsafe_b64encode(renewed).decode()


def _open(cipher: AESGCM, ciphertext: bytes, context: str) -> bytes:
    ciphertext = bytes(ciphertext)
    try:
        return cipher.decrypt(ciphertext[:_NONCE_BYTES], ciphertext[_NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
        raise CannotUnwrap(context) from error
