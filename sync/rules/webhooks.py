"""What goes over the wire: a CloudEvent (1.0, structured JSON) in the envelope of Standard Webhooks (v1)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

SECRET_PREFIX = "whsec_"  # noqa: S105  what every secret begins with
MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"
_SECRET_BYTES = (24, 64)


def make_event(
    *, id: str, source: str, type: str, time: datetime, data: Mapping[str, Any], subject: str = "", seq: int = 0
) -> bytes:
    """A CloudEvent in its JSON form; the same values give the same bytes.

    `seq` stands in `data.sequence` as a number and in the extension `sequence` as a text that sorts like it.
    """
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type,
        "time": time.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    if subject:
        event |= {"subject": subject, "sequence": f"{seq:020d}"}
        data = {"subject": subject, "sequence": seq, **data}
    return json.dumps(event | {"data": data}, separators=(",", ":"), ensure_ascii=False).encode()


def sign_headers(body: bytes, *, id: str, now: datetime, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers of the envelope; with two secrets there are two signatures, the newest first."""
    timestamp = str(int(now.timestamp()))
    message = f"{id}.{timestamp}.".encode() + body
    macs = (hmac.new(secret_bytes(each), message, hashlib.sha256).digest() for each in secrets)
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs),
    }


def write_secret(key: bytes) -> str:
    """A secret as it is shown and copied."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def secret_bytes(secret: str) -> bytes:
    """The key in a secret; raises ValueError for what is none, or too short or long for the standard."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError("it does not begin with whsec_")
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    if not _SECRET_BYTES[0] <= len(key) <= _SECRET_BYTES[1]:
        raise ValueError("it does not have 24 to 64 bytes")
    return key


def says_applied(body: bytes) -> bool:
    """Whether a receiver answered that it has done what it was told: `{"applied": true}`."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("applied") is True
