"""A town for each test, reached over loopback, in which nobody rings by himself."""

from tests.connecting import connect
from tests.town import nobody_rings, on_this_machine, states, town

__all__ = ["connect", "nobody_rings", "on_this_machine", "states", "town"]
