"""Words about deliveries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from audit.types import Fact
from sync.types.connections import ConnectionState
from sync.types.silence import Read


class State(StrEnum):
    """Where a delivery stands. The first two are open: they hold later ones of the same subject and receiver."""

    WAITING = "waiting"
    LEASED = "leased"
    CONFIRMED = "confirmed"
    DEAD = "dead"


OPEN = (State.WAITING.value, State.LEASED.value)


class Answer(StrEnum):
    """What an attempt came to: done, refused for a reason that trying again hardly mends, or merely failed."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. `code` says why not, for a log and an operator; nothing of the other side's words.

    `retry_after` is how long the receiver asked to be left alone, with everything; `slow_down` says that he has too
    much to do, `pause` that nothing more shall come, and why. `applied` is the receiver's own word that he has not only
    got it, `read_back` that we have looked; `digest` is that of the attributes that went with it, where it is known.
    `status` and `said`, the beginning of his answer, are shown to who sent a test, and kept nowhere.
    """

    answer: Answer
    code: str = ""
    retry_after: timedelta | None = None
    slow_down: bool = False
    pause: str = ""
    applied: bool = False
    read_back: bool = False
    digest: str | None = None
    status: int = 0
    said: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a transport tells about a fact: a receiver's key, and what it needs to know at each attempt.

    `facts` are codes and opaque ids; whatever is personal is encrypted in `sealed` and goes when it has arrived.
    `part` tells several deliveries of one fact to one receiver apart. `type` is as what it is told, where that is not
    the fact's own; `digest` is that of the attributes that go with it, "" for none.
    """

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    sealed: bytes | None = field(default=None, repr=False)
    part: str = ""
    type: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A leased delivery on its way, equal to itself alone. `attempt` counts from 1 and tells a lease from a later one.

    `type`, `seq` and `occurred_at` are the fact's: among those of its subject it is the one with this number.
    """

    ref: str
    transport: str
    receiver: str
    event_id: str
    subject: str
    session: str
    trace_id: str
    attempt: int
    facts: Mapping[str, Any]
    type: str
    seq: int
    occurred_at: datetime
    sealed: bytes | None = field(default=None, repr=False)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Transport:
    """A way for facts to leave.

    `wants` are the types of facts it carries; None: those that connected systems of its kind chose. `address` says to
    whom one of them goes. `prepare` turns an order into the act of sending it: it may read the database, the act may
    not, for it runs in a thread without one. `verify` does so for a test, `read` for asking what is held there of some
    subjects, where there is one. Of one receiver at most `at_once` deliveries are under way; each is tried for
    `patience`.
    """

    address: Callable[[Fact], list[Addressee]]
    prepare: Callable[[Order, datetime], Callable[[], Outcome]]
    wants: frozenset[str] | None = None
    verify: Callable[[ConnectionState, datetime], Callable[[], Outcome]] | None = None
    read: Callable[[ConnectionState, Sequence[str], datetime], Read] | None = None
    at_once: int = 4
    patience: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """A delivery as the rooms above see it."""

    ref: str
    transport: str
    receiver: str
    subject: str
    session: str
    state: State
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    confirmed_at: datetime | None
    last_error: str
    occurred_at: datetime
    type: str = ""
    event_id: str = ""
    seq: int = 0
    sent_at: datetime | None = None
    applied_at: datetime | None = None
    read_back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One app that is told that one session ended, and whether it has confirmed."""

    client_id: str
    sid: str
    confirmed: bool
    attempts: int = 0
    last_error: str = ""
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class LogoutProgress:
    """How far the news of an ended session has got: *confirmed by n of m*."""

    receipts: tuple[Receipt, ...] = ()

    @property
    def notified(self) -> int:
        """How many are told: m."""
        return len(self.receipts)

    @property
    def confirmed(self) -> int:
        """How many of them have confirmed: n."""
        return sum(receipt.confirmed for receipt in self.receipts)

    @property
    def complete(self) -> bool:
        """Whether nobody is left to confirm."""
        return self.confirmed == self.notified


@dataclass(frozen=True, slots=True)
class Ended:
    """Sessions that were ended together, and how far the news has got."""

    sids: tuple[str, ...]
    progress: LogoutProgress


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits at the couriers' door: open deliveries, since when the oldest, and those given up."""

    waiting: int
    oldest: datetime | None
    dead: int
