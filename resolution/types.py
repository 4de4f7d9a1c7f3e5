"""The words of this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from accounts.types import IdentifierLevel

Value = str | int | float | bool

SIGNAL = "signal."
"""How an attribute begins that is no attribute of the person but a signal about her, such as a risk that stands."""


class Ruling(StrEnum):
    """Why a value is believed: nobody contradicts it, or the first thing in which it beats what contradicts it."""

    UNCONTESTED = "uncontested"
    AGREED = "agreed"
    LEVEL = "level"
    RANK = "rank"
    RECENCY = "recency"
    COMPLETENESS = "completeness"
    NAME = "name"


CONTESTED = (Ruling.LEVEL, Ruling.RANK, Ruling.RECENCY, Ruling.COMPLETENESS, Ruling.NAME)


class Basis(StrEnum):
    """By what a trusted source named the account of a record."""

    SUB = "sub"
    EMAIL = "email"


class Landing(StrEnum):
    """What became of one entry."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"
    ERASED = "erased"
    LINKED_ELSEWHERE = "linked_elsewhere"
    UNKNOWN_ACCOUNT = "unknown_account"


@dataclass(frozen=True, slots=True)
class Claim:
    """One source says one thing of a customer: `occurred_at` by its clock, `received_at` by ours.

    `completeness` is how much else the record says. `sequence` and `batch` are empty for what the gateway knows.
    """

    attribute: str
    value: Value
    source: str
    record: str
    level: IdentifierLevel
    occurred_at: datetime
    received_at: datetime
    sequence: int = 0
    completeness: int = 1
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Golden:
    """What is believed of one attribute, why, and whom it overruled; `unbelieved` are not asked for this use."""

    claim: Claim
    ruling: Ruling
    against: tuple[Claim, ...] = ()
    unbelieved: tuple[Claim, ...] = ()

    @property
    def is_contested(self) -> bool:
        """Whether somebody who is asked says otherwise."""
        return self.ruling in CONTESTED


@dataclass(frozen=True, slots=True)
class Stated:
    """What a source says of one attribute in one entry; None says that it knows of none."""

    value: Value | None
    level: IdentifierLevel
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as a source sends it: what it does not mention stays as it is.

    A higher `sequence` is newer, whatever clocks say. `account` and `basis` name whose it is, where the source is
    trusted to say so.
    """

    external_id: str
    sequence: int
    attributes: Mapping[str, Stated]
    account: str = ""
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of an entry: `changed` are the attributes in which the record is different now."""

    external_id: str
    landing: Landing
    record: str = ""
    subject: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reverted:
    """An attribute of a record that went back or forward, and what the record says of it now; None is nothing."""

    record: str
    subject: str
    attribute: str
    value: Any


@dataclass(frozen=True, slots=True)
class ConflictCount:
    """How many conflicts stand, by attribute, use and ruling, and which source is believed in them."""

    attribute: str
    use: str
    ruling: Ruling
    winner: str
    count: int


@dataclass(frozen=True, slots=True)
class RecordState:
    """A record as the rooms above see it."""

    record: str
    source: str
    external_id: str
    subject: str
    basis: str
    linked_at: datetime | None
    sequence: int
    received_at: datetime
    current: Mapping[str, Value] = field(default_factory=dict)
