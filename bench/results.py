"""What a run found: rounds by operation and server, statements, the machine's own limits; medians and ratios."""

import statistics
from dataclasses import dataclass, field

from bench.rounds import Round


@dataclass(slots=True)
class Flood:
    """Token requests without and with a flood of sign-ins beside them: p99 in ms and rates per second."""

    quiet_p99: float
    flooded_p99: float
    quiet_rate: float
    flooded_rate: float
    sign_ins: float


@dataclass(frozen=True, slots=True)
class Endings:
    """From *end session* to the last confirmation, in ms; `lost` were not confirmed, `told` counts logout tokens."""

    parties: int
    samples: int
    lost: int
    told: int
    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Written:
    """Checks of consent while customers change their minds: ms and per second, and how many choices beside them."""

    p50: float
    p95: float
    p99: float
    per_second: float
    choices: float


@dataclass(frozen=True, slots=True)
class Lookup:
    """One way in which a request learns of its session: µs inside the process, statements each time."""

    what: str
    p50: float
    p99: float
    statements: float


@dataclass(frozen=True, slots=True)
class Synced:
    """Changes that reached a connected system: ms from the commit to *applied* there at a steady pace, and a burst.

    `pace` is what was asked for and `changes` how many there were in it; `burst` changes were made as fast as four
    threads write, and `burst_rate` of them a second were applied, counted from the first one's beginning. CPU is in ms
    for each of them: the worker's, and PostgreSQL's with the writing. `busy` is the load average at the end.
    """

    pace: int
    changes: int
    lost: int
    p50: float
    p95: float
    p99: float
    burst: int
    burst_rate: float
    worker_cpu: float
    database_cpu: float
    busy: float


@dataclass(slots=True)
class Results:
    """Everything a report is made of."""

    rounds: dict[tuple[str, str], list[Round]] = field(default_factory=dict)
    statements: dict[tuple[str, str], float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    argon2_per_second: float = 0.0
    flood: Flood | None = None
    endings: Endings | None = None
    synced: Synced | None = None
    subjects: int = 0
    written: Written | None = None
    lookups: list[Lookup] = field(default_factory=list)
    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    command: str = ""
    began: str = ""
    seconds: float = 0.0

    def add(self, peer: str, operation: str, found: Round) -> None:
        """Keep a round, also one that does not count."""
        self.rounds.setdefault((peer, operation), []).append(found)

    def median(self, peer: str, operation: str) -> Round | None:
        """The median of each figure over the rounds that count; None where none does."""
        good = [each for each in self.rounds.get((peer, operation), []) if not each.fault]
        if not good:
            return None
        return Round(
            **{
                name: statistics.median(getattr(each, name) for each in good)
                for name in ("per_second", "p50", "p95", "p99", "server_cpu", "database_cpu", "busy")
            }
        )

    def ratio(self, peer: str, other: str, operation: str, theirs_is: str = "") -> float | None:
        """How many times as much a server does as another one, of the same or of what the other does instead."""
        ours, theirs = self.median(peer, operation), self.median(other, theirs_is or operation)
        return ours.per_second / theirs.per_second if ours and theirs else None

    def faults(self) -> list[str]:
        """The rounds that do not count, each with its reason."""
        return [
            f"{peer}, {operation}: {each.fault}"
            for (peer, operation), rounds in self.rounds.items()
            for each in rounds
            if each.fault
        ]

    def busiest(self) -> float:
        """The highest load average that was seen at the end of a round."""
        return max((each.busy for rounds in self.rounds.values() for each in rounds), default=0.0)
