"""What goes into a journal line, and the bytes that seals are made over. Pure."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from audit.types import Row, SealStatement

SEALED_COLUMNS = (
    *("id", "event_id", "subject", "seq", "type", "actor", "client", "channel", "session", "agent", "journey"),
    *("trace_id", "occurred_at", "recorded_at", "payload", "personal"),
)
FINGERPRINT_BYTES = 16
# How much older than the seal before its own a line may be: no deed runs longer than this.
LONGEST_DEED = timedelta(days=1)

_EVENT_FORM = "throughline.event.v1"
_SEAL_FORM = "throughline.seal.v1"
# PostgreSQL can store neither in text nor in jsonb.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DEEPEST = 20


def storable_text(value: str, *, longest: int | None = None) -> str:
    """A string as every database can store it: NUL and lone surrogates replaced, cut to `longest` characters."""
    text = str.__str__(value)
    if not text.isascii() or "\x00" in text:  # hardly ever, and looking is quicker than replacing nothing
        text = _UNSTORABLE.sub("\ufffd", text)
    return text[:longest]


def storable_json(value: Any, *, place: str = "payload") -> Any:
    """A deep copy of a JSON value with storable strings; TypeError names the place of anything else."""
    return _storable(value, (None, place), _DEEPEST)


_Path = tuple[
    Any, Any
]  # of what holds a value, and the value's own name there; spelled out only where something is wrong


def _storable(value: Any, path: _Path, deeper: int) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if not deeper:
        raise TypeError(f"{_spell(path)} is nested too deeply for the journal")
    if isinstance(value, dict | Mapping):  # the class first: asking for the abstract one is slow
        return {_key(key, path): _storable(item, (path, key), deeper - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item, (path, at), deeper - 1) for at, item in enumerate(value)]
    raise TypeError(f"{_spell(path)} is {value!r:.60} ({type(value).__name__}); the journal takes JSON values only")


def _key(key: Any, path: _Path) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{_spell(path)} has the key {key!r:.60}; the journal takes strings as keys only")
    return storable_text(key)


def _spell(path: _Path) -> str:
    above, name = path
    if above is None:
        return str(name)
    return f"{_spell(above)}[{name}]" if isinstance(name, int) else f"{_spell(above)}.{name}"


def canonical_bytes(row: Row) -> bytes:
    """The bytes of one journal row that are sealed: two rows that differ anywhere never give the same bytes."""
    return _compact(sealed_form(row))


def sealed_form(row: Row) -> list[Any]:
    """One journal row as the JSON list that is sealed: the name of the form, then every column in its order."""
    return [_EVENT_FORM, *(_plain(row[column]) for column in SEALED_COLUMNS)]


def digest_of(row: Row) -> bytes:
    """SHA-256 of one row's canonical bytes."""
    return hashlib.sha256(canonical_bytes(row)).digest()


class Contents:
    """The running digest over the rows of one seal, in id order, with what the seal says about them."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256(f"{_SEAL_FORM}.contents".encode())
        self._fingerprints = bytearray()
        self.heads: dict[str, int] = {}
        self.events = 0

    def add(self, row: Row) -> None:
        """Take in the next row."""
        digest = digest_of(row)
        self._digest.update(digest)
        self._fingerprints += fingerprint(row["id"], digest)
        self.events += 1
        if row["seq"] is not None:
            self.heads[row["subject"]] = max(row["seq"], self.heads.get(row["subject"], 0))

    @property
    def digest(self) -> str:
        """The digest over all rows so far, hex."""
        return self._digest.hexdigest()

    @property
    def fingerprints(self) -> bytes:
        """Id and the beginning of the hash of each row."""
        return bytes(self._fingerprints)


def fingerprint(id: int, digest: bytes) -> bytes:
    """Sixteen bytes that tell which row differs when a seal's contents do not match."""
    return id.to_bytes(8, "big", signed=True) + digest[:8]


def split_fingerprints(fingerprints: bytes) -> dict[int, bytes]:
    """The fingerprints of a seal by row id."""
    pieces = [fingerprints[at : at + FINGERPRINT_BYTES] for at in range(0, len(fingerprints), FINGERPRINT_BYTES)]
    return {int.from_bytes(piece[:8], "big", signed=True): piece for piece in pieces}


def seal_digest(statement: SealStatement) -> str:
    """The digest of a seal, hex: it commits to all the seal says, and through `previous` to all seals before it."""
    return hashlib.sha256(_compact(seal_form(statement))).hexdigest()


def seal_form(statement: SealStatement) -> list[Any]:
    """What a seal says as the JSON list that its digest is over."""
    return [
        _SEAL_FORM,
        statement.number,
        statement.previous,
        statement.contents,
        statement.events,
        dict(statement.heads),
        _plain(statement.sealed_at),
        statement.public_key,
    ]


def signed_bytes(number: int, digest: str) -> bytes:
    """What the signature of a seal, and of an exported head, covers."""
    return f"{_SEAL_FORM}\n{number}\n{digest}".encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return value


def _compact(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")
