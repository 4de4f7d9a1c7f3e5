"""The words of requests that wait for a person on another device."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Decision(StrEnum):
    """What a person said to a request that waits for her."""

    APPROVED = "approved"
    DENIED = "denied"
    DISOWNED = "disowned"


class Poll(StrEnum):
    """What a client that comes for its tokens is told."""

    PENDING = "pending"
    SLOW_DOWN = "slow_down"
    EXPIRED = "expired"
    DENIED = "denied"
    APPROVED = "approved"
    REDEEMED_JUST_NOW = "redeemed_just_now"
    REPLAYED = "replayed"


class Standing(StrEnum):
    """Whether the session that looks at a request has proved enough to approve it; if not, this is the `Outcome`."""

    ENOUGH = "enough"
    STALE = "stale"
    STEP_UP = "step_up"
    OUT_OF_REACH = "out_of_reach"
    NOT_HERE = "not_here"


class Outcome(StrEnum):
    """What became of an answer."""

    RECORDED = "recorded"
    WRONG_NUMBER = "wrong_number"
    WRONG_TOO_OFTEN = "wrong_too_often"
    STALE = "stale"
    STEP_UP = "step_up"
    OUT_OF_REACH = "out_of_reach"
    NOT_HERE = "not_here"


@dataclass(frozen=True, slots=True)
class WaitingFacts:
    """What the answer to a poll depends on; `interval` is in seconds."""

    ends_at: datetime
    interval: int
    polled_at: datetime | None = None
    decision: str = ""
    redeemed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeviceAuthorization:
    """What a device is told when it asks (RFC 8628 section 3.2), in the clear this once."""

    device_code: str
    user_code: str
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True)
class BackchannelAsk:
    """An authentication request of CIBA Core section 7.1 as it came; absent parameters are empty."""

    scope: str
    login_hint: str = ""
    id_token_hint: str = ""
    login_hint_token: str = ""
    binding_message: str = ""
    acr_values: str = ""
    requested_expiry: str = ""
    resource: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BackchannelAnswer:
    """What a client is told when it asked a customer; `number` is for it to show."""

    auth_req_id: str
    number: str
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True)
class EarlierAsk:
    """One request about the same person: whose, when, and what became of it."""

    client_id: str
    asked_at: datetime
    is_waiting: bool
    is_disowned: bool


@dataclass(frozen=True, slots=True)
class Approval:
    """A waiting request as the customer is shown it.

    `accepted_acr` are the levels that may approve it; `max_age`, in seconds, is how old the proof may have been when it
    was asked, None where any will do that still counts.
    """

    ref: str
    client_name: str
    channel: str
    scopes: tuple[str, ...]
    asked_at: datetime
    ends_at: datetime
    place: str
    user_agent: str
    message: str
    accepted_acr: tuple[str, ...]
    max_age: int | None
    standing: Standing
