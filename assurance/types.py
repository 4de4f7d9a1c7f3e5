"""The words of the judge: what it weighs, what it finds. Bits are base-two logarithms of likelihood ratios."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from channel_registry.types import ActionRule, Ageing, DeviceClass, Plain

LONGEST_ID = 255
LONGEST_NAME = 64
MOST_QUESTIONS = 100
"""What a question may hold: ids, names of types, actions and channels in characters; and a batch of them."""


class Group(StrEnum):
    """Signals of one group are correlated: the strongest counts, and half of the next."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"
    DEVICE_NETWORK = "device_network"
    BEHAVIOR = "behavior"
    RISK = "risk"
    HUMAN_CHECK = "human_check"


class Health(StrEnum):
    """The fuse of the feed a signal came from."""

    OK = "ok"
    LATE = "late"
    STALE = "stale"
    FAILED = "failed"
    POISONED = "poisoned"


class Outcome(StrEnum):
    """What a channel is told to do, from the strictest to the mildest."""

    REFUSE = "refuse"
    SUPPRESS = "suppress"
    REVIEW = "review"
    STEP_UP = "step_up"
    PERMIT = "permit"


class RiskKind(StrEnum):
    """Standing risks: what happened to an account, or was reported of it."""

    REPORTED_THEFT = "reported_theft"
    SIM_SWAP = "sim_swap"
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    CREDENTIAL_COMPROMISE = "credential_compromise"
    BOT = "bot"


class Label(StrEnum):
    """What a channel can report of a decision."""

    SHOWN = "shown"
    DONE = "done"
    ABANDONED = "abandoned"
    COMPLAINED = "complained"
    WRONG_PERSON = "wrong_person"


class ConsentState(StrEnum):
    """What the customer said about a purpose; `unknown` is not yes, and `not_needed` is not asked."""

    NOT_NEEDED = "not_needed"
    PERMIT = "permit"
    DENY = "deny"
    UNKNOWN = "unknown"
    UNKNOWN_PURPOSE = "unknown_purpose"


class Bar(StrEnum):
    """Why a question is not judged: the answer is the same whether or not what it names exists."""

    UNKNOWN_CHANNEL = "unknown_channel"
    UNKNOWN_SUBJECT_TYPE = "unknown_subject_type"
    NO_PART_IN_SESSION = "no_part_in_session"
    OTHER_ACCOUNT = "other_account"


class Semantics(StrEnum):
    """How far a batch of questions is answered (AuthZEN Authorization API 1.0, `evaluations_semantic`)."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signal as its source gave it: `bits` is log2(m/u) when fresh; a missing one weighs nothing.

    `tau_seconds` None does not fade by itself. `covered_seconds` is, of a proof, the part of its age that the ageing of
    the session covers; None is evidence that is no proof. A `standing` risk does not fade until it is cleared. `feed`
    names the inbound feed that `health` and `feed_age_seconds` are about; empty is what this gateway saw itself.
    `label` can be read aloud to a customer; `value_class` never holds a personal value.
    """

    signal: str
    group: Group
    bits: float
    label: str
    source: str
    value_class: str = ""
    age_seconds: float | None = None
    tau_seconds: float | None = None
    health: Health = Health.OK
    model: str = ""
    standing: bool = False
    missing: bool = False
    covered_seconds: float | None = None
    feed: str = ""
    feed_age_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Evidence on the scales: `bits` is what its age and its feed leave of it, `counted` what its group lets count.

    `left_out` says why an action does not let it count at all: `feed_not_live` or `feed_too_old`.
    """

    evidence: Evidence
    bits: float
    counted: float
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """The live session the action would happen in; `proved_seconds` is how long ago its newest proof was made."""

    sid: str
    acr: str
    proved_seconds: float | None
    device_class: DeviceClass
    shared_by: int = 1


@dataclass(frozen=True, slots=True)
class Proving:
    """One method a customer could prove herself with, and what it would weigh."""

    method: str
    group: Group
    bits: float


@dataclass(frozen=True, slots=True)
class Reach:
    """One step-up this customer could still do on this channel, by one method or two, and the `acr` it leads to."""

    by: tuple[Proving, ...]
    acr: str

    @property
    def bits(self) -> float:
        """What its proofs would weigh together."""
        return sum(each.bits for each in self.by)


@dataclass(frozen=True, slots=True)
class Link:
    """How the record of the action is linked to the account: `p_match` is calibrated; None is not known at all."""

    p_match: float | None
    probabilistic: bool = True


@dataclass(frozen=True, slots=True)
class Consent:
    """What the registry answers for the purpose of the action; `known` False while nobody keeps one."""

    state: ConsentState
    reason: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a judgement rests on, and nothing else: the same facts give the same number for ever.

    `bar` is why this question is not judged at all, whoever is there; nothing else is looked at then.
    `attributes` are those of the request that conditions name, where they have a value that a condition lists.
    `rule` None is an action nobody published for this channel. `changed_seconds` is how long ago something that the
    account is proved by changed last. `link` None is the account itself. `h` is the measured P(same person | session
    and match both wrong); ceilings are what may be reported until labels say otherwise.
    """

    channel: str
    action: str
    rule: ActionRule | None
    subject_matches: bool
    session: SessionFacts | None
    prior: float
    ageing: Ageing
    evidence: tuple[Evidence, ...] = ()
    reachable: tuple[Reach, ...] = ()
    link: Link | None = None
    consent: Consent = field(default_factory=lambda: Consent(ConsentState.NOT_NEEDED))
    resource_type: str = "account"
    bar: Bar | None = None
    attributes: Mapping[str, Plain] = field(default_factory=dict)
    h: float = 0.0
    ceiling: float = 0.9995
    match_ceiling: float = 0.99
    changed_seconds: float | None = None

    @property
    def is_judged(self) -> bool:
        """Whether there is a person to be sure of: a live session of the very subject, for an action that asks."""
        is_static = self.rule is not None and self.rule.is_static
        return self.session is not None and self.subject_matches and self.bar is None and not is_static


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
    for nothing. `journey` ties the decision to others.
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


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One item of a batch that is no question; `message` says why."""

    message: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A judgement that was recorded; `id` is the journal's name of it.

    `is_judged` says whether there was a person to be sure of, so that its number means something.
    """

    id: str
    judgement: Judgement
    decided_at: datetime
    is_judged: bool = True


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
class Failure:
    """A wrong answer somebody gave in a subject's name: when, and from which network, coded."""

    at: datetime
    network: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a subject signed in: degrees, as coarse as a city, and when."""

    latitude: float
    longitude: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """How a subject usually comes: see the table; `located` says whether it is known where she signed in last."""

    sessions: int = 0
    features: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    changed: Mapping[str, datetime] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    located: bool = False


@dataclass(frozen=True, slots=True)
class Crowd:
    """How everybody comes; `version` names the snapshot."""

    version: str = "none"
    sessions: int = 0
    features: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """One standing risk of the subject."""

    kind: RiskKind
    source: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """An inbound feed: its fuse, and from when its newest data are; None is not known."""

    health: Health = Health.OK
    fresh_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """Everything the signals look at, loaded at once; `features` are those of the session judged, coded.

    `ageing` is how proofs fade on this device; None where older proofs are taken as they are.
    """

    now: datetime
    channel: str
    proofs: tuple[tuple[str, datetime], ...] = ()
    counted_methods: tuple[str, ...] = ()
    device_class: DeviceClass = DeviceClass.OWN_BROWSER
    device_sessions: int = 0
    device_known_at: datetime | None = None
    shared_by: int = 1
    features: Mapping[str, str] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    crowd: Crowd = field(default_factory=Crowd)
    standing: tuple[Standing, ...] = ()
    identifiers: Mapping[str, datetime] = field(default_factory=dict)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    ageing: Ageing | None = None
    places_known: bool = True
    weights: Mapping[tuple[str, str], float] = field(default_factory=dict)
    human_checked_at: datetime | None = None

    def bits(self, signal: str, value_class: str, default: float) -> float:
        """What a class of values weighs: estimated from outcomes, or the default."""
        return self.weights.get((signal, value_class), default)


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
