"""Whether anybody can have traveled from one sign-in to the next."""

import math

from assurance.types import Sighting

EARTH_KILOMETERS = 6371.0
FASTEST_KILOMETERS_PER_HOUR = 1000.0
"""An airliner, door to door; nobody signs in while the wheels touch down."""
NEAR_KILOMETERS = 500.0
"""Databases of addresses are wrong by a region often enough: nearer than this nothing is impossible."""


def is_impossible_travel(before: Sighting, after: Sighting) -> bool:
    """Whether two sign-ins lie too far apart for the time between them, in whichever order they are given."""
    distance = kilometers(before, after) - NEAR_KILOMETERS
    hours = abs((after.at - before.at).total_seconds()) / 3600.0
    return distance > hours * FASTEST_KILOMETERS_PER_HOUR


def kilometers(one: Sighting, other: Sighting) -> float:
    """The great-circle distance of two places."""
    phi, psi = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    half = math.sin((psi - phi) / 2) ** 2 + math.cos(phi) * math.cos(psi) * math.sin(across / 2) ** 2
    return 2 * EARTH_KILOMETERS * math.asin(math.sqrt(min(1.0, half)))
