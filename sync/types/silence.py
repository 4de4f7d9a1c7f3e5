"""Words about holding what a connected system has against what it was told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sync.types.connections import ConnectionState


class Trouble(StrEnum):
    """What is wrong with a connected system, the worst first; what an incident is about.

    `more_permissive`: it permits what is refused here, or knows somebody who is to be forgotten. `silent`: it answers,
    and nothing of what it took is there. `stopped`: it does not answer. `corrupted`: it holds something else.
    `no_identity`: it does not know somebody at all of whom it was told. `dropped`: it holds an older state. `stale`: it
    is told later than a cycle after the fact.
    """

    MORE_PERMISSIVE = "more_permissive"
    SILENT = "silent"
    STOPPED = "stopped"
    CORRUPTED = "corrupted"
    NO_IDENTITY = "no_identity"
    DROPPED = "dropped"
    STALE = "stale"


class RoundKind(StrEnum):
    """How much a round compares: whoever something was told about, a sample of all besides, or all."""

    TOUCHED = "touched"
    SAMPLE = "sample"
    FULL = "full"


class Force(StrEnum):
    """How far the news of a choice has got in a connected system; it is in force from `applied` on.

    Nobody told it, it waits, it was sent, it was taken, it says so itself, it was read back there; or it was given up,
    or what is read back there contradicts it.
    """

    NOT_TOLD = "not_told"
    WAITING = "waiting"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    APPLIED = "applied"
    READ_BACK = "read_back"
    GIVEN_UP = "given_up"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a connected system should hold of a subject, as far as it has confirmed: the last sequence, the digest of
    the attributes ("": none were told, or they cannot be compared), the purposes of which it was told that they are
    permitted.
    """

    seq: int
    digest: str = ""
    granted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Held:
    """What a connected system says that it holds of a subject; None for what it does not keep.

    `alike` is what a transport found that can compare by itself.
    """

    seq: int | None = None
    digest: str | None = None
    permits: frozenset[str] | None = None
    alike: bool | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read back: by subject what is held, None for one that is unknown there; nothing of one never got to.

    `code` says why it ended early: what is missing then is unknown, and not absent.
    """

    held: Mapping[str, Held | None] = field(default_factory=dict)
    code: str = ""


Read = Callable[[], Reading]


@dataclass(frozen=True, slots=True)
class Begun:
    """A round at its beginning: whom it compares, and what the system should hold of each.

    `fresh` were told something since they were last read back, by the deliveries `unread`; `page`
    are those that it is the turn of when all are compared.
    """

    round: int
    kind: RoundKind
    connection: ConnectionState
    expected: Mapping[str, Expected]
    fresh: frozenset[str]
    unread: Mapping[str, list[int]] = field(default_factory=dict)
    page: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a round came to. `heartbeat` is None where there is none, "" for well, else why not; `reading` alike.

    `alike` are the subjects of which everything is there, `apart` what is wrong with the others; about whoever is in
    neither nothing is known yet.
    """

    heartbeat: str | None = None
    reading: str | None = None
    alike: frozenset[str] = frozenset()
    apart: Mapping[str, Trouble] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoundState:
    """A round as the rooms above see it."""

    kind: RoundKind
    begun_at: datetime
    ended_at: datetime | None
    heartbeat: str | None
    reading: str | None
    compared: int
    apart: int
    repaired: int


@dataclass(frozen=True, slots=True)
class IncidentState:
    """An incident as the rooms above see it: how many subjects it is about now and at most, and some of them."""

    ref: str
    connection: str
    trouble: Trouble
    code: str
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    subjects: int
    most: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """What is known of a connected system beyond its answers, over a day.

    `reads_back` is whether it can be asked what it holds: of one that cannot, nothing beyond *taken* is known.
    """

    reads_back: bool
    last: RoundState | None
    heard_at: datetime | None
    rounds: int
    compared: int
    found: int
    repaired: int
    apart: int
    incidents: tuple[IncidentState, ...]


@dataclass(frozen=True, slots=True)
class ConsentThere:
    """Where a customer's choice about a purpose stands in one connected system. `type` is the last it was told."""

    connection: str
    name: str
    force: Force
    type: str
    since: datetime | None

    @property
    def in_force(self) -> bool:
        """Whether that system acts by the choice, as far as it says or was read."""
        return self.force in (Force.APPLIED, Force.READ_BACK)
