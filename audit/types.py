"""Words of the journal: kinds of events, and what leaves it: the signed head, the verdict of a verification."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A row of the journal as it is sealed: every column of Event except `seal`, by name.
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of fact a room announces in its `events.py`.

    `deliverable` facts get a per-subject sequence and are handed to fan-out; the rest are observations.
    """

    name: str
    meaning: str
    deliverable: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Fact:
    """A deliverable fact on its way to whoever must know it. `seq` is its place among the facts of its subject."""

    event_id: str
    subject: str
    seq: int
    type: str
    session: str
    channel: str
    trace_id: str
    occurred_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SealStatement:
    """What one seal says, and its `digest` commits to; `contents` is the digest over its events."""

    number: int
    previous: str
    contents: str
    events: int
    heads: Mapping[str, int]
    sealed_at: datetime
    public_key: str


@dataclass(frozen=True, slots=True)
class SealedHead:
    """The newest seal in a form to keep elsewhere, so that a cut of the whole tail is noticed.

    `public_key` is raw Ed25519 and, like `signature`, URL-safe base64. It names the key; trust comes from elsewhere.
    """

    number: int
    digest: str
    sealed_at: str
    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That one row stands under a signed seal, in the form of the JSON lists that the digests are over.

    `row` is the row, `said` what the seal says. `digests` are those of every row under the seal, 32 bytes each, in
    their order; `position` is this row's.
    """

    row: list[Any]
    position: int
    digests: bytes
    said: list[Any]
    digest: str
    signature: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a verification ended: rows seen under seals, seals, rows not yet sealed, and findings."""

    events: int
    seals: int
    unsealed: int
    findings: int
