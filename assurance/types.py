"""The words of the judge: what it weighs, what it finds. Bits are base-two logarithms of likelihood ratios."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from channel_registry.types import ActionRule, Ageing, DeviceClass


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


class ConsentState(StrEnum):
    """What the customer said about a purpose; `unknown` is not yes, and `not_needed` is not asked."""

    NOT_NEEDED = "not_needed"
    PERMIT = "permit"
    DENY = "deny"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signal as its source gave it: `bits` is log2(m/u) when fresh; a missing one weighs nothing.

    `tau_seconds` None is a proof, scored when it was made, which the session's own ageing covers. A `standing` risk
    does not fade until it is cleared. `label` can be read aloud to a customer; `value_class` never holds a personal
    value.
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


@dataclass(frozen=True, slots=True)
class Line:
    """Evidence on the scales: `bits` is what its age and its feed leave of it, `counted` what its group lets count."""

    evidence: Evidence
    bits: float
    counted: float


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """The live session the action would happen in; `proved_seconds` is how long ago its newest proof was made."""

    sid: str
    acr: str
    proved_seconds: float | None
    device_class: DeviceClass
    shared_by: int = 1


@dataclass(frozen=True, slots=True)
class ReachableProof:
    """A proof this customer could still give on this channel: what it would weigh, and the `acr` it would lead to."""

    method: str
    group: Group
    bits: float
    acr: str


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

    `rule` None is an action nobody published for this channel. `link` None is the account itself. `h` is the measured
    P(same person | session and match both wrong); ceilings are what may be reported until labels say otherwise.
    """

    channel: str
    action: str
    rule: ActionRule | None
    subject_matches: bool
    session: SessionFacts | None
    prior: float
    ageing: Ageing
    evidence: tuple[Evidence, ...] = ()
    reachable: tuple[ReachableProof, ...] = ()
    link: Link | None = None
    consent: Consent = field(default_factory=lambda: Consent(ConsentState.NOT_NEEDED))
    resource_type: str = "account"
    h: float = 0.0
    ceiling: float = 0.9995
    match_ceiling: float = 0.99


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

    `reachable` is the most this customer could reach here with one more proof; `would_change` says what would have
    changed the outcome.
    """

    outcome: Outcome
    objections: tuple[Objection, ...]
    confidence: Confidence
    acr_values: str = ""
    max_age: int | None = None
    reachable: float = 0.0
    would_change: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A judgement that was recorded; `id` is the journal's name of it."""

    id: str
    judgement: Judgement
    decided_at: datetime
