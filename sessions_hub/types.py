"""The words of this room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    NOTHING_LEFT = "nothing_left"
    EXPIRED = "expired"


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
