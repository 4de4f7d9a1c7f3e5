"""A town for each test, reached over loopback, in which nobody rings by himself."""

from tests.connecting import connect
from tests.keeper import clock, keep
from tests.town import nobody_rings, on_this_machine, states, town

__all__ = ["clock", "connect", "keep", "nobody_rings", "on_this_machine", "states", "town"]
