"""Who asks, through what, when: the argument every deed takes as `call`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CallerKind(StrEnum):
    """How the caller came in."""

    ANONYMOUS = "anonymous"
    BROWSER = "browser"
    CLIENT = "client"
    SYSTEM = "system"


def _knows_nothing(_sid: str) -> float | None:
    return None


def _takes_no_part(_sid: str) -> bool:
    return False


def _no_channel(_client_id: str) -> str | None:
    return None


def _serves_nothing(_name: str) -> bool:
    return False


def _no_known_device(_subject: str) -> str | None:
    return None


def _no_proof(_sid: str) -> "SessionProof | None":
    return None


@dataclass(frozen=True, slots=True)
class SessionProof:
    """Whose live session it is, and what she proved in it."""

    subject: str
    acr: str
    amr: tuple[str, ...] = ()
    auth_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated caller of one request: client, subject, agent, and what their session proved.

    `act` is the `sub` of the staff member who acts for `subject` in an assisted session; `channel` is the
    client's, `of_the_house` says that the client is one of our own, and `purpose` what it says it needs data for;
    `registered` are the scopes that an operator let it have, whatever this token carries.
    Filled once at the edge (the API authentication class, the browser middleware); everything below trusts it.
    `confidence`, `find_proof`, `takes_part`, `channel_of`, `serves_channel`, `serves_client`, `may_prove` and
    `known_device` ask rooms above, lazily, through functions given at the edge.
    """

    kind: CallerKind
    client_id: str | None = None
    channel: str | None = None
    of_the_house: bool = False
    purpose: str = ""
    subject: str | None = None
    agent: str | None = None
    act: str | None = None
    sid: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    auth_time: datetime | None = None
    scopes: frozenset[str] = frozenset()
    registered: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    name: str = ""
    confidence_in: Callable[[str], float | None] = field(default=_knows_nothing, repr=False, compare=False)
    takes_part_in: Callable[[str], bool] = field(default=_takes_no_part, repr=False, compare=False)
    channel_of_in: Callable[[str], str | None] = field(default=_no_channel, repr=False, compare=False)
    serves_channel_in: Callable[[str], bool] = field(default=_serves_nothing, repr=False, compare=False)
    serves_client_in: Callable[[str], bool] = field(default=_serves_nothing, repr=False, compare=False)
    known_device_in: Callable[[str], str | None] = field(default=_no_known_device, repr=False, compare=False)
    may_prove_in: Callable[[str], bool] = field(default=_takes_no_part, repr=False, compare=False)
    proof_in: Callable[[str], SessionProof | None] = field(default=_no_proof, repr=False, compare=False)

    @property
    def actor(self) -> str:
        """How the journal names this caller: `account:<sub>`, `client:<id>`, `system:<name>` or `anonymous`.

        Staff who act for a customer are named themselves; the fact's subject is the customer.
        """
        if self.agent:
            return f"agent:{self.agent}"
        if self.act:
            return f"account:{self.act}"
        if self.subject:
            return f"account:{self.subject}"
        if self.client_id:
            return f"client:{self.client_id}"
        if self.kind is CallerKind.SYSTEM:
            return f"system:{self.name}"
        return "anonymous"

    @property
    def is_herself(self) -> bool:
        """Whether nobody acts for the subject: no staff member, no agent."""
        return not self.act and not self.agent

    def confidence(self, sid: str) -> float | None:
        """The current confidence that session `sid` belongs to its subject, or None when nothing judges yet."""
        return self.confidence_in(sid)

    def find_proof(self, sid: str) -> SessionProof | None:
        """Whose session `sid` is and what was proved in it, while it lives. Whether this caller may know is another
        question: ask `takes_part`.
        """
        return self.proof_in(sid)

    def takes_part(self, sid: str) -> bool:
        """Whether this caller's client, or one that it serves as a resource server, takes part in session `sid`."""
        return self.takes_part_in(sid)

    def channel_of(self, client_id: str) -> str | None:
        """The channel of another client that a session of this one may go to; None for any other, and for nobody."""
        return self.channel_of_in(client_id)

    def serves_channel(self, channel: str) -> bool:
        """Whether this caller's client belongs to a channel, or serves a client of it as a resource server."""
        return self.serves_channel_in(channel)

    def serves_client(self, client_id: str) -> bool:
        """Whether a client is this caller's own, or one that it serves as a resource server."""
        return self.serves_client_in(client_id)

    def may_prove(self, sid: str) -> bool:
        """Whether this caller may take proofs from the person of session `sid`: an app of the house, in her hands."""
        return self.may_prove_in(sid)

    def known_device(self, subject: str) -> str | None:
        """The device this call comes from, when `subject` has signed in on it before; None for any other."""
        return self.known_device_in(subject)


ANONYMOUS = Caller(kind=CallerKind.ANONYMOUS)


def system_caller(name: str) -> Caller:
    """The gateway itself at work: a command or a scheduled task called `name`."""
    return Caller(kind=CallerKind.SYSTEM, name=name)


@dataclass(frozen=True, slots=True)
class CallContext:
    """Who calls, through which channel, in which journey, when; carried from the door to the journal.

    `now` is the only clock below the doors. `address` is the client's network address (rightmost untrusted hop).
    """

    caller: Caller
    now: datetime
    trace_id: str
    journey: str | None = None
    channel: str | None = None
    address: str | None = None
    user_agent: str = ""
