"""Security event tokens that their receiver fetches (RFC 8936): they wait here, and no courier carries them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from audit.types import Fact
from sync.queries import list_stream_addressees
from sync.types import Addressee, Answer, Kind, Order, Outcome, Transport

NAME = Kind.SSF_POLL.value
PATIENCE = timedelta(days=7)


def address(fact: Fact) -> list[Addressee]:
    """The fetched streams that carry what this fact is."""
    return list_stream_addressees(fact, kind=Kind.SSF_POLL)


def prepare(order: Order, now: datetime) -> Callable[[], Outcome]:  # noqa: ARG001  every transport is asked alike
    """It stays where it is: its receivers are held, so this is for one that was leased before they were."""
    return partial(Outcome, Answer.FAILED, "is_fetched")


TRANSPORT = Transport(address=address, prepare=prepare, patience=PATIENCE)
