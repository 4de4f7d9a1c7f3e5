"""Questions, what bears on them, and answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from consent.types.words import (
    DENIES_TRAVEL,
    GRANTS,
    GRANTS_TRAVEL,
    INTERNAL,
    REFUSALS,
    Action,
    LinkKind,
    Reason,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as the rules see it: what was chosen, how well it is proved, and when it counts from.

    An empty channel, processor or category means every one; `listed` is what a form named of them, as
    `channel:sms`. `at` is the instant a grant or a refusal counts from, `seq` its place among those of its party.
    `until` is when its mandate ends.
    """

    id: str
    party: str
    purpose: str
    action: Action
    at: datetime
    seq: int
    tier: int
    channel: str = ""
    processor: str = ""
    category: str = ""
    listed: frozenset[str] = frozenset()
    notice: str = ""
    notice_version: int = 0
    expires_at: datetime | None = None
    mandate: str = ""
    mandate_until: datetime | None = None
    minor: bool = False
    signal: bool = False
    acknowledged: bool = False
    refers_to: str = ""

    @property
    def is_grant(self) -> bool:
        """Whether it permits."""
        return self.action in GRANTS

    @property
    def is_refusal(self) -> bool:
        """Whether it refuses."""
        return self.action in REFUSALS


@dataclass(frozen=True, slots=True)
class Link:
    """That another party may be the same person, and how surely.

    `merged_at` is when the two were taken for one person, `from_at` from when on what the other does counts here.
    """

    other: str
    probability: float
    kind: LinkKind = LinkKind.MATCH
    merged_at: datetime | None = None
    from_at: datetime | None = None

    @property
    def denies_travel(self) -> bool:
        """Whether refusals of the other party count here."""
        return self.probability >= DENIES_TRAVEL

    @property
    def grants_travel(self) -> bool:
        """Whether permissions of the other party count here: never over a device."""
        return self.kind is LinkKind.MATCH and self.probability >= GRANTS_TRAVEL


@dataclass(frozen=True, slots=True)
class Member:
    """One party whose choices bear on a question: the party itself (no link), or one linked to it."""

    party: str
    facts: tuple[Fact, ...] = ()
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One question: may this be done? An empty channel or category asks for all of them at once."""

    party: str
    purpose: str
    channel: str = ""
    processor: str = INTERNAL
    category: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Loser:
    """An event that did not win, and why."""

    event: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What holds: `rule` is the step of the precedence (1 to 8) that decided, `winner` the event, if one did.

    `seq` is the newest sequence of the party that was seen, `valid_until` when time may change the answer.
    """

    decision: Verdict
    reason: Reason
    rule: int
    winner: str = ""
    party: str = ""
    seq: int = 0
    valid_until: datetime | None = None
    losers: tuple[Loser, ...] = ()

    @property
    def permits(self) -> bool:
        """Whether it may be done."""
        return self.decision is Verdict.PERMIT


@dataclass(frozen=True, slots=True)
class Checked:
    """The answers to some questions, in their order, and the sequence of each party that they were judged at."""

    items: tuple[Item, ...]
    answers: tuple[Answer, ...]
    seqs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """What is not any more as it was at the check."""

    item: Item
    was: Verdict
    now: Answer
