"""What was learned and is the same for everybody: answered from memory, at most a few seconds old."""

from collections.abc import Mapping

from assurance.models import Ceiling, FeedState, Population, Weight
from assurance.rules import DEFAULT_CEILING
from assurance.types import Brings, Crowd, Feed, Health
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


def list_feeds() -> Mapping[str, Feed]:
    """Every inbound feed that has ever told how it is, by name."""
    return _feeds.get()


def get_ceiling() -> float:
    """The most that may be reported: what outcomes say, or the default before they say anything."""
    return _ceilings.get().get("reported", DEFAULT_CEILING)


def forget_learned() -> None:
    """Drop what this process remembers; the next question reads the database."""
    for memory in (_crowd, _weights, _feeds, _ceilings):
        memory.forget()


def _read_crowd(_before: Crowd | None) -> Crowd:
    row = Population.objects.first()
    return Crowd(version=row.version, sessions=row.sessions, features=row.features) if row else Crowd()


def _read_weights(_before: Mapping[tuple[str, str], float] | None) -> Mapping[tuple[str, str], float]:
    rows = Weight.objects.values_list("signal", "value_class", "bits")
    return {(signal, value_class): bits for signal, value_class, bits in rows}


def _read_feeds(_before: Mapping[str, Feed] | None) -> Mapping[str, Feed]:
    rows = FeedState.objects.values_list("feed", "health", "fresh_at", "brings")
    return {feed: Feed(Health(health), fresh_at, Brings(brings)) for feed, health, fresh_at, brings in rows}


def _read_ceilings(_before: Mapping[str, float] | None) -> Mapping[str, float]:
    return dict(Ceiling.objects.values_list("name", "ceiling"))


_crowd: Fresh[Crowd] = Fresh(_read_crowd, seconds=CROWD_SECONDS)
_weights: Fresh[Mapping[tuple[str, str], float]] = Fresh(_read_weights, seconds=CROWD_SECONDS)
_feeds: Fresh[Mapping[str, Feed]] = Fresh(_read_feeds, seconds=FEED_SECONDS)
_ceilings: Fresh[Mapping[str, float]] = Fresh(_read_ceilings, seconds=CROWD_SECONDS)
