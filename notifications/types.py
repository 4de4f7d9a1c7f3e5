"""The words of this room."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Medium(StrEnum):
    """The way a message takes."""

    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in clear, on its way to a transport or to the demo's outbox page."""

    to: str
    subject: str
    body: str


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
