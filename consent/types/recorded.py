"""Choices as they come, and events and states as they stand in the register."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from consent.types.catalog import NoticeRef, PurposeRule
from consent.types.judged import Answer
from consent.types.words import Action, PartyKind, Tier


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose, as a door passes it on. `tier` is what the door can vouch for.

    An empty channel, processor or category means every one. `seen` is the sequence of the state that the person had
    before her when she chose, where the form says it. `personal` is encrypted under the party's key.
    """

    event_id: str
    party: str
    purpose: str
    action: Action
    tier: Tier
    channel: str = ""
    processor: str = ""
    category: str = ""
    notice: NoticeRef | None = None
    occurred_at: datetime | None = None
    expires_at: datetime | None = None
    listed: tuple[str, ...] = ()
    source: str = ""
    sid: str = ""
    confidence: float | None = None
    mandate: str = ""
    acknowledged: bool = False
    refers_to: str = ""
    age: int | None = None
    seen: int | None = None
    personal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says at a door that a customer chose; `party` is hers or her device's, `sid` where she did it."""

    event_id: str
    party: str
    purpose: str
    action: Action
    channel: str = ""
    processor: str = ""
    category: str = ""
    notice: NoticeRef | None = None
    occurred_at: datetime | None = None
    expires_at: datetime | None = None
    listed: tuple[str, ...] = ()
    source: str = ""
    sid: str = ""
    mandate: str = ""
    acknowledged: bool = False
    age: int | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the data."""

    name: str
    address: str
    contact: str
    country: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a customer takes home of one event: the document, and the same signed."""

    id: str
    document: Mapping[str, Any]
    jws: str


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One event as it stands in the register."""

    id: str
    event_id: str
    recorder: str
    party: str
    kind: PartyKind
    purpose: str
    action: Action
    channel: str
    processor: str
    category: str
    listed: tuple[str, ...]
    tier: Tier
    actor: str
    mandate: str
    acr: str
    amr: tuple[str, ...]
    confidence: float | None
    sid: str
    source: str
    notice: NoticeRef | None
    notice_sha256: str
    occurred_at: datetime
    recorded_at: datetime
    seq: int
    expires_at: datetime | None
    acknowledged: bool
    refers_to: str
    copied_from: str
    journal_id: str
    previous: str
    hash: str


class Recorded:
    """What became of some choices: filled when their deed commits, in the order of the choices.

    `replayed` says of each whether it stood in the register already.
    """

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self.replayed: list[bool] = []

    @property
    def seq(self) -> int:
        """The newest sequence among them."""
        return max((event.seq for event in self.events), default=0)


@dataclass(frozen=True, slots=True)
class Effective:
    """One purpose of one party as a person reads it; `named` are channels, processors and categories that differ."""

    purpose: PurposeRule
    answer: Answer
    since: datetime | None
    notice: NoticeRef | None
    channel: str
    processor: str
    event: RecordedEvent | None
    named: tuple[tuple[str, str, str, Answer], ...] = ()
    seq: int = 0


class Rebuilt:
    """What holding states against their events found; `after` is the party to go on from, None at the end."""

    def __init__(self) -> None:
        self.after: str | None = None
        self.parties = self.states = self.events = self.overtaken = 0
        self.differences: list[str] = []
        self.broken: list[str] = []
