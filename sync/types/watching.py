"""Words about how well connected systems follow."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds from a commit until it was known there, of half, 95 and 99 of a hundred changes; None without any."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """One type of fact and one connected system over a while; `type` is "" for all together.

    `sent` are deliveries tried at least once, `retries` the attempts beyond the first of each. `waiting` and `dead` are
    how many there are now.
    """

    type: str
    sent: int
    acknowledged: int
    applied: int
    read_back: int
    retries: int
    waiting: int
    dead: int
    lag: Lag
    applied_lag: Lag


@dataclass(frozen=True, slots=True)
class Watch:
    """How a connected system follows: all facts together, then each type; what waits since when; how the line is.

    `failures` counts attempts that failed in a row, until `quiet_until` it is left alone.
    """

    total: Watched
    types: tuple[Watched, ...]
    oldest: datetime | None
    failures: int
    quiet_until: datetime | None
    seconds: float
