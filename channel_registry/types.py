"""What a channel's policy says, and what a document of channels would change."""

from dataclasses import dataclass
from enum import StrEnum

ACR_LADDER = ("0", "urn:throughline:1fa", "urn:throughline:2fa", "phr", "phrh")
"""Authentication context classes from weakest to strongest; `0` is a remembered device with nothing proved now."""

WAYS_IN = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "device_code",
    "ciba",
    "token_exchange",
    "handoff",
    "assistance",
)
"""The ways a channel can let people and software in, in their canonical order: OAuth grants by the last part of their
name, sessions taken over from another channel by a ticket, and staff who act for a customer."""

DAY = 24 * 3600


def meets(acr: str, required: str) -> bool:
    """Whether `acr` stands at least as high on the ladder as `required`; a value not on it meets nothing."""
    if acr not in ACR_LADDER or required not in ACR_LADDER:
        return False
    return ACR_LADDER.index(acr) >= ACR_LADDER.index(required)


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """One channel's rules for sessions, grants and passwords, in force until another version is published.

    `verified_seconds` is how long after a proof this channel takes a customer as verified, wherever she proved it.
    The two password lengths are the shortest that may be chosen: where a password is the only factor of its account,
    and where another factor stands beside it.
    """

    minimum_acr: str
    grants: tuple[str, ...]
    session_idle_seconds: int
    session_absolute_seconds: int
    refresh_absolute_seconds: int
    password_alone: int = 15
    password_beside_second_factor: int = 8
    verified_seconds: int = DAY


DEFAULT_POLICY = ChannelPolicy(
    minimum_acr="urn:throughline:1fa",
    grants=("authorization_code", "refresh_token", "client_credentials"),
    session_idle_seconds=30 * DAY,
    session_absolute_seconds=30 * DAY,
    refresh_absolute_seconds=30 * DAY,
)
"""What holds on a channel without a published policy: somebody signed in, and nothing outlives 30 days. Every other way
in is opened on purpose."""


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """What a document says of one channel; None leaves that part as it is."""

    slug: str
    name: str | None = None
    enabled: bool | None = None
    policy: ChannelPolicy | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel stands in the database; `digest` is that of its live policy, None before one is published."""

    name: str
    enabled: bool
    digest: str | None


class ChangeKind(StrEnum):
    """What applying a document does to one channel."""

    CREATE = "create"
    RENAME = "rename"
    ENABLE = "enable"
    DISABLE = "disable"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a document and the database; `detail` is a sentence part for an operator."""

    channel: str
    kind: ChangeKind
    detail: str = ""

    def __str__(self) -> str:
        return f"channel {self.channel}: {self.kind}" + (f" ({self.detail})" if self.detail else "")
