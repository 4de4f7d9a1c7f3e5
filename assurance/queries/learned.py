"""What was learned and is the same for everybody: answered from memory, at most a few seconds old."""

from collections.abc import Mapping

from assurance.models import FeedState, Population, Weight
from assurance.types import Crowd, Health
from kit.fresh import Fresh

CROWD_SECONDS = 60.0
FEED_SECONDS = 1.0
"""A feed that fails lowers trust on every node within a second."""


def find_crowd() -> Crowd:
    """How everybody comes; an empty crowd before the first snapshot."""
    return _crowd.get()


def list_weights() -> Mapping[tuple[str, str], float]:
    """The bits estimated from outcomes, by signal and class of values."""
    return _weights.get()


def list_feeds() -> Mapping[str, Health]:
    """The feeds that are not well, by name."""
    return _feeds.get()


def forget_learned() -> None:
    """Drop what this process remembers; the next question reads the database."""
    for memory in (_crowd, _weights, _feeds):
        memory.forget()


def _read_crowd(_before: Crowd | None) -> Crowd:
    row = Population.objects.first()
    return Crowd(version=row.version, sessions=row.sessions, features=row.features) if row else Crowd()


def _read_weights(_before: Mapping[tuple[str, str], float] | None) -> Mapping[tuple[str, str], float]:
    rows = Weight.objects.values_list("signal", "value_class", "bits")
    return {(signal, value_class): bits for signal, value_class, bits in rows}


def _read_feeds(_before: Mapping[str, Health] | None) -> Mapping[str, Health]:
    rows = FeedState.objects.exclude(health=Health.OK.value).values_list("feed", "health")
    return {feed: Health(health) for feed, health in rows}


_crowd: Fresh[Crowd] = Fresh(_read_crowd, seconds=CROWD_SECONDS)
_weights: Fresh[Mapping[tuple[str, str], float]] = Fresh(_read_weights, seconds=CROWD_SECONDS)
_feeds: Fresh[Mapping[str, Health]] = Fresh(_read_feeds, seconds=FEED_SECONDS)
