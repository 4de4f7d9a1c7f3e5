"""What signals look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assurance.types.facts import Facts
from assurance.types.words import Brings, Health, RiskKind
from channel_registry.types import Ageing, DeviceClass


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
    """An inbound feed: its fuse, from when its newest data are (None is not known), and what it brings."""

    health: Health = Health.OK
    fresh_at: datetime | None = None
    brings: Brings = Brings.NOTHING


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
class Witnessed:
    """A decision of which it is known who it was: its facts, and the weight that each piece of their evidence rests on.

    A weight is named by signal and class of values; None rests on none that can be estimated.
    """

    is_customer: bool
    facts: Facts
    keys: tuple[tuple[str, str] | None, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A weight estimated anew: in bits, before and after; how often customers and impostors show it."""

    signal: str
    value_class: str
    was: float
    bits: float
    m: float
    u: float
    labels: int


@dataclass(frozen=True, slots=True)
class Estimation:
    """What a run of estimating found: weights, and the most that may be reported, before and after."""

    decisions: int
    weights: tuple[Estimate, ...]
    ceiling_was: float
    ceiling: float
    top_labels: int
    top_errors: int
