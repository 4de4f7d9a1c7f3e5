"""Words about connected systems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """How a connected system is told; each is the name of a transport."""

    WEBHOOK = "webhook"
    SSF_PUSH = "ssf_push"
    SSF_POLL = "ssf_poll"
    SCIM = "scim"


class Standing(StrEnum):
    """Whether a connected system is told. While it is paused its news waits; while it is disabled there is none."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class ConnectionDraft:
    """What is said about a connected system. `options` are texts that its kind has a use for.

    `freshness` is how soon a change should be applied there, `cycle` how soon its silence must be noticed; seconds.
    """

    name: str
    kind: Kind
    endpoint: str
    event_types: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    purpose: str = ""
    freshness: int = 60
    cycle: int = 900
    owner_channel: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """A connected system as the rooms above and the transports see it; its secrets are asked for apart.

    `verified_at` is when a test last came through, `verification` what the last one came to (a code, "" for well).
    `rotating_until` is until when the secret before the present one signs as well.
    """

    slug: str
    draft: ConnectionDraft
    standing: Standing
    reason: str
    created_at: datetime
    changed_at: datetime
    rotating_until: datetime | None
    tested_at: datetime | None
    verified_at: datetime | None
    verification: str
