"""Questions to the judge and its answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assurance.types.evidence import Line
from assurance.types.words import Outcome
from channel_registry.types import Plain
from consent.types import Checked

LONGEST_ID = 255
LONGEST_NAME = 64
MOST_QUESTIONS = 100
"""What a question may hold: ids, names of types, actions and channels in characters; and a batch of them."""


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason against: a stable code, the outcome it leads to, a sentence for a person."""

    code: str
    outcome: Outcome
    message: str


@dataclass(frozen=True, slots=True)
class Confidence:
    """How a number came about: before ageing, after it, with standing risk, and with the link to the record."""

    prior_bits: float
    at_proof: float
    aged: float
    session: float
    p_match: float | None
    reported: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer: the first objection decides, all are told. `max_age` is in seconds.

    `reachable` is the most this customer could reach here by a step-up, as it stands two minutes after; `would_change`
    says what would have changed the outcome; `degraded` names the feeds that were not well, or too old to count.
    """

    outcome: Outcome
    objections: tuple[Objection, ...]
    confidence: Confidence
    acr_values: str = ""
    max_age: int | None = None
    reachable: float = 0.0
    would_change: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What a channel asks: may this be done in this session? `resource_id` is the subject itself for an account.

    `claims` are the names of values that only the gateway may say and that the caller sent all the same; they count
    for nothing. `journey` ties the decision to others. `processor` is who would work with the data, as the registry of
    consent names it; empty is the house itself.
    """

    subject: str
    action: str
    sid: str
    channel: str
    resource_type: str = "account"
    resource_id: str = ""
    attributes: Mapping[str, Plain] = field(default_factory=dict)
    subject_type: str = "customer"
    claims: tuple[str, ...] = ()
    journey: str = ""
    processor: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One item of a batch that is no question; `message` says why."""

    message: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A judgement that was recorded; `id` is the journal's name of it.

    `is_judged` says whether there was a person to be sure of, so that its number means something. `checked` is what the
    registry of consent had answered: whoever acts in the house gives it to `consent.services.revalidate`, in the
    transaction of the act.
    """

    id: str
    judgement: Judgement
    decided_at: datetime
    is_judged: bool = True
    checked: Checked | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Whether a session may go on to a channel at all; `decision_id` only where something weighed against it.

    `level_is_enough` is about the channel's `minimum_acr` alone.
    """

    outcome: Outcome
    minimum_acr: str
    level_is_enough: bool = True
    decision_id: str = ""


@dataclass(frozen=True, slots=True)
class ChangedDecision:
    """One recorded decision that another policy would have answered otherwise; outcomes by their codes."""

    id: str
    journey: str
    action: str
    before: str
    after: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Differences:
    """What another policy would have made of recorded decisions: counts by outcome, and the journeys that change.

    `moves` are (before, after, how many), the most frequent first; `named` at most twenty journeys; `since` is the
    instant of the oldest decision judged.
    """

    judged: int
    changed: int
    before: Mapping[str, int]
    after: Mapping[str, int]
    moves: tuple[tuple[str, str, int], ...]
    named: tuple[ChangedDecision, ...]
    since: datetime | None
