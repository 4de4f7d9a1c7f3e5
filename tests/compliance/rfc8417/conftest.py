"""A town for each test, reached over loopback, with a receiver of shared signals and a transmitter."""

from tests.streams import bank, desk, receive
from tests.town import nobody_rings, on_this_machine, states, town

__all__ = ["bank", "desk", "nobody_rings", "on_this_machine", "receive", "states", "town"]
