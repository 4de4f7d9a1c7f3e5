"""Facts about a subject, and how far the journal is sealed."""

import json
import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from audit import subject_keys
from audit.models import Event, Pending, SubjectHead
from audit.types import EventType
from kit import crypto

_log = logging.getLogger(__name__)


def list_events(
    *, subject: str, types: Iterable[EventType] = (), limit: int = 50, before: int | None = None
) -> list[Event]:
    """The newest facts about a subject first, at most `limit`, of the given types or of all.

    `before` is the `id` of the last fact of the page before.
    """
    rows = Event.objects.filter(subject=subject)
    if wanted := [type.name for type in types]:
        rows = rows.filter(type__in=wanted)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return list(rows.order_by("-id")[:limit])


def find_event(*, event_id: str) -> Event | None:
    """One fact by its id, or None."""
    return Event.objects.filter(event_id=event_id).first()


def list_events_by_id(*, event_ids: Collection[str]) -> list[Event]:
    """The facts of these ids, in no order; ids that are unknown are left out."""
    return list(Event.objects.filter(event_id__in=event_ids))


def list_events_of_type(
    *, type: EventType, limit: int, subject: str = "", channel: str = "", before: int | None = None
) -> Iterable[Event]:
    """The newest facts of one type first, at most `limit`, of one subject or channel or of all.

    `before` is the `id` of the last fact of the page before.
    """
    rows = Event.objects.filter(type=type.name)
    if before is not None:
        rows = rows.filter(id__lt=before)
    if subject:
        rows = rows.filter(subject=subject)
    if channel:
        rows = rows.filter(channel=channel)
    return rows.order_by("-id")[:limit].iterator(chunk_size=500)


def get_seq(*, subject: str) -> int:
    """The last sequence given out for a subject; 0 when nothing was ever recorded."""
    return SubjectHead.objects.filter(subject=subject).values_list("seq", flat=True).first() or 0


def read_personal(event: Event) -> dict[str, Any] | None:
    """The personal values of a fact; None when it holds none or they cannot be read (any more)."""
    return list_personal([event]).get(event.event_id)


def list_personal(events: Collection[Event]) -> dict[str, dict[str, Any]]:
    """The personal values of facts by `event_id`; a fact without any, or whose key was erased, is left out."""
    holding = [event for event in events if event.personal is not None]
    keys = subject_keys.find_keys(event.subject for event in holding) if holding else {}
    found = {}
    for event in holding:
        if key := keys.get(event.subject):
            try:
                found[event.event_id] = _open(event, key)
            except crypto.CannotUnwrap:
                # Altered or moved: `audit_verify` says which; a page that lists it must not fail.
                _log.error("the personal values of %s cannot be opened with the key of its subject", event.event_id)
    return found


def _open(event: Event, key: bytes) -> dict[str, Any]:
    plaintext = crypto.decrypt(bytes(event.personal or b""), key=key, context=event.event_id)
    return dict(json.loads(plaintext))


def count_unsealed(*, limit: int | None = None) -> int:
    """How many facts wait for the next seal; with a `limit`, counted no further."""
    return Event.objects.filter(seal=None)[:limit].count()


def find_oldest_unsealed() -> datetime | None:
    """When the oldest fact without a seal was recorded; None when all are sealed."""
    return Event.objects.filter(seal=None).order_by("id").values_list("recorded_at", flat=True).first()


def count_pending(*, limit: int | None = None) -> int:
    """How many deliverable facts wait for fan-out; with a `limit`, counted no further."""
    return Pending.objects.all()[:limit].count()


def find_oldest_pending() -> datetime | None:
    """When the fact was recorded that waits the longest for fan-out; None when none waits."""
    event_id = Pending.objects.order_by("id").values_list("event_id", flat=True).first()
    return Event.objects.filter(event_id=event_id).values_list("recorded_at", flat=True).first() if event_id else None


def has_pending(*, subject: str | None = None) -> bool:
    """Whether a fact about this subject waits for fan-out; without one, whether any fact does."""
    rows = Pending.objects.all() if subject is None else Pending.objects.filter(subject=subject)
    return rows.exists()


def list_pending_events(*, subject: str) -> list[Event]:
    """The facts about a subject that wait for fan-out, in their order."""
    waiting = Pending.objects.filter(subject=subject).values("event_id")
    return list(Event.objects.filter(subject=subject, event_id__in=waiting).order_by("seq"))


def list_pending_among(*, subjects: Collection[str]) -> set[str]:
    """Those of these subjects about whom a fact waits for fan-out."""
    return set(Pending.objects.filter(subject__in=subjects).values_list("subject", flat=True))
