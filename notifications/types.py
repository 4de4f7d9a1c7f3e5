"""The words of this room."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Medium(StrEnum):
    """The way a message takes."""

    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in clear, on its way to a transport. `ref` and `sender_host` make its Message-ID."""

    ref: str
    to: str
    subject: str
    body: str
    sender_host: str
    headers: Mapping[str, str] = field(default_factory=dict)


Transport = Callable[[Letter], None]


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """What the demo's outbox page shows of one message."""

    ref: str
    to: str
    subject: str
    body: str
    created_at: datetime
    sent_at: datetime | None
    failed_at: datetime | None
