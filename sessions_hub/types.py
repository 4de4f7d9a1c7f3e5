"""The words of this room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypedDict

from accounts.types import Proof
from kit.ids import digest


class SubjectType(StrEnum):
    """Whose session it is: a person's account, or a device on which nobody has signed in yet."""

    ACCOUNT = "account"
    DEVICE = "device"


class Via(StrEnum):
    """How a session came to be: a sign-in of its own, or another session that was carried over to this channel."""

    SIGN_IN = "sign_in"
    HANDOFF = "handoff"
    TRANSFER = "transfer"
    NATIVE_SSO = "native_sso"
    DEVICE_CODE = "device_code"
    CIBA = "ciba"
    ASSISTANCE = "assistance"


class EndReason(StrEnum):
    """Reason codes of `session.revoked` that this room gives itself; rooms above may give their own."""

    SIGNED_OUT = "signed_out"
    REPLACED = "replaced"
    ENDED_BY_CUSTOMER = "ended_by_customer"
    ENDED_BY_OPERATOR = "ended_by_operator"
    NOT_ME = "not_me"
    NOTHING_LEFT = "nothing_left"
    EXPIRED = "expired"


class Sightings(TypedDict):
    """When a session's person was last seen, and when she last came back after an hour and after a quarter of one."""

    last_seen_at: datetime
    resumed_at: datetime | None
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Level:
    """What a session proves at one instant: the contract's `acr`, the `amr` of RFC 8176, the newest proof's time."""

    acr: str
    amr: tuple[str, ...]
    auth_time: datetime | None


@dataclass(frozen=True, slots=True)
class SessionState:
    """A live session as the rooms above see it; `level` holds for the instant it was asked for.

    `subject` is the account's `sub`, or the device id of an anonymous session (then `account_id` is None).
    `opened_by` is the id of the client it was opened for, empty for the gateway's own pages; `place` is city and
    country.
    `clients` are the ids of the clients taking part, the latest first, where the question asked for them.
    """

    sid: str
    root: str
    subject: str
    subject_type: SubjectType
    account_id: int | None
    channel: str
    level: Level
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    device_id: str
    user_agent: str
    address_label: str
    clients: tuple[str, ...] = ()
    via: Via = Via.SIGN_IN
    opened_by: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class SessionAtHand:
    """A session to be judged: its proofs, how often and since when its subject is on its device, and how many are."""

    state: SessionState
    proofs: tuple[Proof, ...]
    device_sessions: int
    device_known_at: datetime | None
    shared_by: int
    sightings: Sightings


class Collision(StrEnum):
    """What a session that is carried over to a browser meets there."""

    ENTER = "enter"  # nobody is signed in: she goes in
    KEEP = "keep"  # she is in already, at least as high: her session here stays the current one
    RISE = (
        "rise"  # she is in already, lower: the one carried over becomes the current one, the other stays for sign-out
    )
    ANOTHER = (
        "another"  # somebody else: that session ends after confirmation, and she is asked to sign in; else nothing
    )


class HandoffFault(StrEnum):
    """Why a ticket was refused."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REPLAYED = "replayed"
    OTHER_CLIENT = "other_client"  # told as UNKNOWN
    OTHER_DEVICE = "other_device"
    ENDED = "ended"  # the session it carries


class OfferState(StrEnum):
    """Where a ticket is in its life."""

    OPEN = "open"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What of a ticket decides whether it lets somebody in; `system` is that of the device it is bound to."""

    client_id: str
    channel: str
    redeemed: bool
    expires_at: datetime
    device_id: str | None = None
    network: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who comes with a ticket, and from where. `device_id` only where the device came with its own secret."""

    client_id: str
    channel: str | None = None
    device_id: str | None = None
    network: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A ticket in clear, shown this once."""

    ticket: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OfferView:
    """What a ticket would carry where; `session` is None once that has ended. Looking consumes nothing."""

    subject: str
    channel: str
    client_id: str
    via: Via
    expires_at: datetime
    state: OfferState
    session: SessionState | None


@dataclass(frozen=True, slots=True)
class HandoffRefused:
    """A ticket refused *with change*: the deed commits what it noted, the door says that it did not work."""

    reason: HandoffFault


@dataclass(frozen=True, slots=True)
class Verification:
    """That a customer has proved who she is, wherever it was; until `valid_until` nothing is asked again.

    `method` is the word for her newest proof, `channel` where she gave it, at the instant `at`; `acr` and its `level`
    (0 to 3) are those of her session `sid` now.
    """

    method: str
    channel: str
    at: datetime
    acr: str
    level: int
    valid_until: datetime
    sid: str


@dataclass(frozen=True, slots=True)
class KnownDeviceSecret:
    """Whose a device secret is: the session it stands for and the client it was given to."""

    sid: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What the client is told that redeemed a ticket: the new session, and how far it need not ask again.

    `methods` are the words for what counts in it, the newest first; until `valid_until` its channel takes the customer
    as verified, None when it must ask her.
    """

    session: SessionState
    methods: tuple[str, ...]
    valid_until: datetime | None


class Person(Protocol):
    """What a chooser may tell of an account."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class AccountHere:
    """An account that is signed in in this browser; `current` is the one that its requests speak for."""

    state: SessionState
    account: Person
    current: bool = False

    @property
    def handle(self) -> str:
        """What a form of ours calls it: says nothing to others in the household."""
        return digest(self.state.sid)[:16]


class Arrival(StrEnum):
    """What became of a ticket that somebody wanted to redeem in a browser."""

    IN = "in"  # she is in, with the session that was carried over
    KEPT = "kept"  # she was in already, at least as high: nothing changed
    ASK = "ask"  # somebody else is in, and nobody said yet that her session may end: nothing changed
    SIGN_IN = "sign_in"  # somebody else's session ended; whose ticket it is must sign in by herself
    REFUSED = "refused"  # the ticket lets nobody in


@dataclass(frozen=True, slots=True)
class TicketHere:
    """A ticket that can be redeemed in a browser: whose session it carries, from what, and what that meets here.

    `user_agent` is that of the browser the session comes from. `other` is who would have to leave.
    """

    account: Person
    user_agent: str
    expires_at: datetime
    collision: Collision
    other: AccountHere | None = None


class Household(Protocol):
    """The accounts that are signed in in the browser of one request, at `request.household`.

    A change counts from the next line on: `request.user`, `request.caller` and `request.hub_session` follow it, and
    the cookie's secret is another one.
    """

    def list_here(self) -> tuple[AccountHere, ...]:
        """Who is signed in here: the one at the browser first, then the others, each person once."""

    def list_sessions(self) -> tuple[SessionState, ...]:
        """Their sessions, the one at the browser first; with the clients taking part where there is a choice."""

    def park(self) -> None:
        """Let nobody be at this browser; who was stays signed in and can be chosen again."""

    def switch_to(self, sid: str) -> SessionState:
        """Let another of the accounts here be at this browser; its session goes on as it was. Raises SessionEnded."""

    def enter(self, state: SessionState) -> SessionState:
        """Let this browser stand for a session that was carried over to it. Raises SessionEnded."""

    def leave(self, subject: str, *, reason: str = EndReason.SIGNED_OUT) -> bool:
        """End what a person is signed in to in this browser; False when she was not. The others stay."""

    def leave_all(self) -> int:
        """End what anybody is signed in to in this browser; how many people that were."""

    def look_at(self, ticket: str) -> TicketHere | None:
        """What redeeming a ticket on our own pages would do here; None where it would do nothing. Consumes nothing."""

    def redeem(self, ticket: str, *, ending: str = "") -> Arrival:
        """Redeem a ticket on our own pages. `ending` is the handle of who may be signed out for it."""

    def device_id(self) -> str:
        """The id of this browser's device, made known if it was not."""
