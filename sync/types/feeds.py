"""The words of inbound feeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from assurance.types import Health
from resolution.types import Basis, Value


class FeedKind(StrEnum):
    """What a feed brings: attributes of people, results of checks of them, risks that stand against them."""

    PROFILE = "profile"
    VERIFICATION = "verification"
    RISK = "risk"


class FieldType(StrEnum):
    """What values of a field look like."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    NUMBER = "number"
    FLAG = "flag"


class BatchState(StrEnum):
    """Where a delivery stands. Nothing of it counts but when it is applied."""

    APPLIED = "applied"
    QUARANTINED = "quarantined"
    HELD = "held"
    DISCARDED = "discarded"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What a feed's field must be: `most_null` is the share of nulls that is still healthy, `trust` the highest level
    of verification that is believed of this source."""

    type: FieldType = FieldType.TEXT
    required: bool = False
    most_null: float = 0.5
    trust: int = 1


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """What an operator says of a feed. `freshness` and `period` are seconds; `least` and `most` records per period.

    `links_by` is by what it may name the account of a record. The record `canary_id` says `canary`, always.
    `scim`: it comes by SCIM, and by no other wire. `signed_by`: public keys, one of which signs every delivery; then no
    access token is asked for.
    """

    name: str
    source: str
    kind: FeedKind
    client: str
    enabled: bool = True
    freshness: int = 900
    fields: Mapping[str, FieldRule] = field(default_factory=dict)
    links_by: tuple[Basis, ...] = ()
    period: int = 3600
    least: int = 0
    most: int = 0
    most_refused: float = 0.05
    canary_id: str = ""
    canary: Mapping[str, Value] = field(default_factory=dict)
    scim: bool = False
    signed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a record tells of one attribute; `level` and `occurred_at` None are those of the record and the lowest."""

    value: Value | None
    level: int | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """One record of a delivery, read and not yet judged. `kind` is what it brings."""

    id: str
    sequence: int
    occurred_at: datetime
    kind: FeedKind
    attributes: Mapping[str, Told]
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one record is not taken: a stable code, and the attribute it is about."""

    id: str
    code: str
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a delivery looked like: how many records, how many of them not taken, mentions and nulls of each field.

    `losses` are of each field the mentions in records that had a value so far, and how many of them take it away.
    """

    received: int = 0
    refused: int = 0
    fields: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    losses: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sifted:
    """A delivery taken apart: what fits, what does not, and the canary if it was there (None: it was not)."""

    fit: tuple[FeedRecord, ...]
    faults: tuple[Fault, ...]
    tally: Tally
    canary_lives: bool | None = None
    canary_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Poison:
    """Why a delivery is not applied. `since` is how many deliveries before it are of the same kind."""

    reason: str
    since: int = 0


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """How a feed stands, for judging its fuse; ages are seconds, None where there never was one."""

    age: float
    canary_age: float | None
    received: int
    observed: float
    poisoned_by: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery; `body` is the answer that its sender gets, each time it asks with the same key."""

    ref: str
    state: BatchState
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as the rooms above see it."""

    slug: str
    settings: FeedSettings
    health: Health
    reason: str
    since: datetime
    fresh_at: datetime | None
    received_at: datetime | None
    canary_at: datetime | None
    volume: int
    open_batches: int


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A delivery as the rooms above see it; never its content."""

    ref: str
    number: int
    state: BatchState
    reason: str
    received: int
    refused: int
    received_at: datetime
    nulls: Mapping[str, float]
    decided_by: str = ""
    decided_at: datetime | None = None
    caused_by: str = ""
