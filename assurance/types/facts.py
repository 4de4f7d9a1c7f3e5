"""What a judgement rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assurance.types.evidence import Evidence
from assurance.types.words import Bar, ConsentState, Group
from channel_registry.types import ActionRule, Ageing, DeviceClass, Plain


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
    """What the registry answers for the purpose of the action; `known` False where it was not asked.

    `reason`, `rule` (the step of its precedence that decided), `winner` (the choice that did) and `seq` (the newest of
    her choices that was seen) are its own words. `valid_until` (ISO 8601) is when time alone may change the answer,
    `processor` who would work with the data, where that is not the house.
    """

    state: ConsentState
    reason: str = ""
    known: bool = True
    rule: int = 0
    winner: str = ""
    seq: int = 0
    valid_until: str = ""
    processor: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a judgement rests on, and nothing else: the same facts give the same number for ever.

    `bar` is why this question is not judged at all, whoever is there; nothing else is looked at then.
    `attributes` are those of the request that conditions name, where they have a value that a condition lists.
    `rule` None is an action nobody published for this channel. `changed_seconds` is how long ago something that the
    account is proved by changed last. `link` None is the account itself. `h` is the measured P(same person | session
    and match both wrong); ceilings are what may be reported until labels say otherwise. `by_agent` is whether software
    that acts for her asks.
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
    by_agent: bool = False

    @property
    def is_judged(self) -> bool:
        """Whether there is a person to be sure of: a live session of the very subject, for an action that asks."""
        is_static = self.rule is not None and self.rule.is_static
        return self.session is not None and self.subject_matches and self.bar is None and not is_static
