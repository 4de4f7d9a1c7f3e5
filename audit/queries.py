"""Questions to the journal; they never write."""

import json
from collections.abc import Iterable
from typing import Any

from audit import subject_keys
from audit.models import Event, SubjectHead
from audit.types import EventType


def list_events(*, subject: str, types: Iterable[EventType] = (), limit: int = 50) -> list[Event]:
    """The newest facts about a subject first, at most `limit`, of the given types or of all."""
    rows = Event.objects.filter(subject=subject)
    if wanted := [type.name for type in types]:
        rows = rows.filter(type__in=wanted)
    return list(rows.order_by("-id")[:limit])


def get_seq(*, subject: str) -> int:
    """The last sequence given out for a subject; 0 when nothing was ever recorded."""
    return SubjectHead.objects.filter(subject=subject).values_list("seq", flat=True).first() or 0


def read_personal(event: Event) -> dict[str, Any] | None:
    """The personal values of a fact; None when it holds none or the subject's key has been erased."""
    if event.personal is None:
        return None
    plaintext = subject_keys.decrypt(event.personal, subject=event.subject, context=event.event_id)
    return None if plaintext is None else dict(json.loads(plaintext))
