"""Deliveries that are signed by whom they come from: the asymmetric form of Standard Webhooks (`v1a`, Ed25519)."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from kit import signatures

KEY_PREFIX: Final = "whpk_"
"""How a public key begins, as it is shown and copied."""
MOST_KEYS: Final = 4
TOLERANCE: Final = timedelta(minutes=5)
_VERSION = "v1a,"
_MOST_SIGNATURES = 8
_KEY_BYTES = 32


def key_bytes(key: str) -> bytes:
    """The raw key in a public key as it is written; raises ValueError for what is none."""
    if not key.startswith(KEY_PREFIX):
        raise ValueError("it does not begin with whpk_")
    raw = base64.b64decode(key.removeprefix(KEY_PREFIX), validate=True)
    if len(raw) != _KEY_BYTES:
        raise ValueError("it does not have 32 bytes")
    return raw


def is_signed_delivery(body: bytes, headers: Mapping[str, str], *, keys: Sequence[str], now: datetime) -> bool:
    """Whether a delivery bears a signature of one of these keys over its id, its time and its body, made just now.

    The time may differ from ours by five minutes, either way: later nothing that was once sent can be sent again.
    """
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and id.isascii()):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    message = f"{id}.{timestamp}.".encode() + body
    made = headers.get("webhook-signature", "").split(" ", _MOST_SIGNATURES)[:_MOST_SIGNATURES]
    return any(
        signatures.is_signed(message, raw, public=key_bytes(key))
        for raw in map(_signature, made)
        if raw
        for key in keys
    )


def _signature(written: str) -> bytes:
    try:
        return base64.b64decode(written.removeprefix(_VERSION), validate=True) if written.startswith(_VERSION) else b""
    except (binascii.Error, ValueError):
        return b""
