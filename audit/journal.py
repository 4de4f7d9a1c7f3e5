"""Writing the journal: one line per fact, inside the deed it describes.

Lines are collected while the deed runs. Just before the commit the reactions run (they may add lines), then
the subject heads are locked in sorted order, sequences given, and everything is inserted at once.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from audit import subject_keys
from audit.models import Event, Pending, SubjectHead
from audit.types import EventType
from kit.call import CallContext
from kit.ids import new_id
from kit.unit_of_work import current_unit_of_work

_NOTE = "audit.journal"
_ORDER = 10  # before every finisher that takes a lock of its own


@dataclass(slots=True)
class Line:
    """One fact on its way into the journal; `seq` is filled when the deed commits."""

    type: EventType
    call: CallContext
    subject: str = ""
    session: str = ""
    client: str = ""
    channel: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)
    occurred_at: datetime | None = None
    event_id: str = field(default_factory=lambda: new_id("evt_"))
    seq: int | None = None


Reaction = Callable[[Line], None]


def record(
    type: EventType,
    *,
    call: CallContext,
    subject: str = "",
    session: str = "",
    client: str = "",
    channel: str = "",
    payload: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    occurred_at: datetime | None = None,
) -> Line:
    """Add one fact to the journal, in the transaction of the deed that is open.

    `payload` holds codes, ids and digests only; a personal value that must be kept goes into `personal`, which
    is encrypted under the subject's data key. `session`, `client` and `channel` default to the caller's.
    Raises RuntimeError outside a deed.
    """
    line = Line(
        type=type,
        call=call,
        subject=subject,
        session=session or call.caller.sid or "",
        client=client or call.caller.client_id or "",
        channel=channel or call.channel or "",
        payload=dict(payload or {}),
        personal=dict(personal or {}),
        occurred_at=occurred_at,
    )
    unit = current_unit_of_work()
    unit.notes.setdefault(_NOTE, []).append(line)
    unit.before_commit(_NOTE, _ORDER, lambda: _write(unit.notes[_NOTE]))
    return line


def _write(lines: list[Line]) -> None:
    for line in lines:  # grows while reactions add their own lines
        for reaction in _reactions().get(line.type.name, ()):
            reaction(line)
    _number([line for line in lines if line.type.deliverable and line.subject])
    Event.objects.bulk_create([_row(line) for line in lines])
    Pending.objects.bulk_create(
        [Pending(subject=l.subject, seq=l.seq, event_id=l.event_id) for l in lines if l.seq is not None]
    )


@lru_cache(maxsize=1)
def _reactions() -> Mapping[str, tuple[Reaction, ...]]:
    """The table `journal event type -> functions of higher rooms`, named in settings so that nothing imports up."""
    table: Mapping[EventType, tuple[Reaction, ...]] = import_string(settings.JOURNAL_REACTIONS)
    return {type.name: reactions for type, reactions in table.items()}


def _number(lines: list[Line]) -> None:
    last: dict[str, int] = {}
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.subject] = counts.get(line.subject, 0) + 1
    for subject in sorted(counts):  # sorted: two deeds over the same two subjects never wait in a circle
        last[subject] = _advance(subject, counts[subject]) - counts[subject]
    for line in lines:
        last[line.subject] += 1
        line.seq = last[line.subject]


def _advance(subject: str, by: int) -> int:
    table = SubjectHead._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (subject, seq) VALUES (%s, %s) "  # noqa: S608  the table name is ours
            f"ON CONFLICT (subject) DO UPDATE SET seq = {table}.seq + excluded.seq RETURNING seq",
            [subject, by],
        )
        return int(cursor.fetchone()[0])


def _row(line: Line) -> Event:
    caller = line.call.caller
    return Event(
        event_id=line.event_id,
        subject=line.subject,
        seq=line.seq,
        type=line.type.name,
        actor=caller.actor,
        client=line.client,
        channel=line.channel,
        session=line.session,
        agent=caller.agent or "",
        journey=line.call.journey or "",
        trace_id=line.call.trace_id,
        occurred_at=line.occurred_at or line.call.now,
        recorded_at=line.call.now,
        payload=line.payload,
        personal=_encrypt(line),
    )


def _encrypt(line: Line) -> bytes | None:
    if not line.personal:
        return None
    plaintext = json.dumps(line.personal, sort_keys=True, separators=(",", ":")).encode()
    return subject_keys.encrypt(plaintext, subject=line.subject, context=line.event_id, now=line.call.now)


def names(types: Iterable[EventType]) -> list[str]:
    """The wire names of event types, for filters."""
    return [type.name for type in types]
