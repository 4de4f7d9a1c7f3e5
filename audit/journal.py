"""Writing the journal: one line per fact, inside the deed it describes.

Lines are collected while the deed runs. Just before the commit the reactions run (they may add lines), then the
subject heads are locked in sorted order, sequences given, and everything is inserted at once.
"""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from audit import subject_keys
from audit.models import Event, Pending, SubjectHead
from audit.rules import storable_json, storable_text
from audit.types import EventType
from kit import crypto
from kit.call import CallContext
from kit.ids import new_id
from kit.prepared import Insertion
from kit.unit_of_work import current_unit_of_work

_LINES = "audit.journal"
_REACTIONS = "audit.reactions"
_BEFORE_ALL_OTHERS = 0  # a reaction is a deed: it may lock rows and register finishers
_TAKE_HEADS = 10  # see UnitOfWork: after everything that locks rows of the rooms
_LONGEST_SUBJECT = 64
_EVENT = (
    *("event_id", "subject", "seq", "type", "actor", "client", "channel", "session", "agent", "journey"),
    *("trace_id", "occurred_at", "recorded_at", "payload", "personal"),
)
_insert_events = Insertion(Event, *_EVENT)
_insert_unhurried_events = Insertion(Event, *_EVENT, durable=False)
_insert_pending = Insertion(Pending, "subject", "seq", "event_id")


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
    durable: bool = True


Reaction = Callable[[Line], None]


@dataclass(slots=True)
class _Lines:
    """The lines of the open deed."""

    to_react_to: deque[Line] = field(default_factory=deque)
    to_write: list[Line] = field(default_factory=list)
    to_hold: set[str] = field(default_factory=set)

    def add(self, line: Line) -> None:
        """Take one more line up."""
        self.to_react_to.append(line)
        self.to_write.append(line)


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
    durable: bool = True,
) -> Line:
    """Add one fact to the journal, in the transaction of the deed that is open.

    `payload` holds codes, ids and digests only; a personal value that must be kept goes into `personal`, which is
    encrypted under the subject's data key, and left out once that key is erased. `session`, `client` and `channel`
    default to the caller's. NUL and lone surrogates become U+FFFD. A server's crash may take an observation along that
    is not `durable`. A savepoint that is rolled back does not take its lines back: record after it. Raises RuntimeError
    outside a deed, TypeError for no JSON, ValueError when a deliverable fact or a personal value has no subject.
    """
    unit = current_unit_of_work()
    _refuse_unfit(type, subject, personal, is_observation=unit.is_observation)
    line = Line(
        type=type,
        call=call,
        subject=storable_text(subject),
        session=storable_text(session or call.caller.sid or "", longest=64),
        client=storable_text(client or call.caller.client_id or "", longest=255),
        channel=storable_text(channel or call.channel or "", longest=64),
        payload=storable_json(payload or {}),
        personal=storable_json(personal or {}, place="personal"),
        occurred_at=occurred_at,
        durable=durable or not unit.is_observation,
    )
    lines: _Lines = unit.notes.setdefault(_LINES, _Lines())
    lines.add(line)
    unit.before_commit(_REACTIONS, _BEFORE_ALL_OTHERS, lambda: _react(lines))
    unit.before_commit(_LINES, _TAKE_HEADS, lambda: _write(lines))
    return line


def hold_heads(subjects: Iterable[str]) -> None:
    """Keep the heads of more subjects until the commit: no deed about them commits between this one's end and its
    last look at them.

    They are locked together with those of the deed's own lines, in one order; finishers after the journal's find them
    held. Raises RuntimeError outside a deed.
    """
    unit = current_unit_of_work()
    if unit.is_observation:
        raise RuntimeError("an observation holds nothing: it has no transaction")
    lines: _Lines = unit.notes.setdefault(_LINES, _Lines())
    lines.to_hold |= {storable_text(subject, longest=_LONGEST_SUBJECT) for subject in subjects}
    unit.before_commit(_LINES, _TAKE_HEADS, lambda: _write(lines))


def _refuse_unfit(type: EventType, subject: str, personal: Mapping[str, Any] | None, *, is_observation: bool) -> None:
    if is_observation and (type.deliverable or personal or type.name in _reactions()):
        raise RuntimeError(f"{type} takes more than one statement: record it in a deed, not in an observation")
    if not subject and (type.deliverable or personal):
        raise ValueError(f"{type} needs a subject: it is deliverable or holds a personal value")
    if len(subject) > _LONGEST_SUBJECT:
        raise ValueError(f"the subject of {type} has more than {_LONGEST_SUBJECT} characters")


def _react(lines: _Lines) -> None:
    while lines.to_react_to:  # grows while reactions add their own lines
        line = lines.to_react_to.popleft()
        for reaction in _reactions().get(line.type.name, ()):
            reaction(line)


@lru_cache(maxsize=1)
def _reactions() -> Mapping[str, tuple[Reaction, ...]]:
    """The table `journal event type -> functions of higher rooms`, named in settings so that nothing imports up."""
    table: Mapping[EventType, tuple[Reaction, ...]] = import_string(settings.JOURNAL_REACTIONS)
    return {type.name: reactions for type, reactions in table.items()}


def _write(lines: _Lines) -> None:
    batch, lines.to_write = lines.to_write, []
    held, lines.to_hold = lines.to_hold, set()
    personal = _encrypt(batch)  # before the heads are locked: it takes the longest
    _number([line for line in batch if line.type.deliverable], held)
    if not batch:
        return
    insert = _insert_events if any(line.durable for line in batch) else _insert_unhurried_events
    insert([_row(line, personal.get(line.event_id)) for line in batch])
    if deliverable := [line for line in batch if line.seq is not None]:
        _insert_pending([(line.subject, line.seq, line.event_id) for line in deliverable])
    transaction.on_commit(lambda: _observer()(batch), robust=True)


@lru_cache(maxsize=1)
def _observer() -> Callable[[Sequence[Line]], None]:
    """Who counts what has been written, named in settings so that nothing imports up."""
    observer: Callable[[Sequence[Line]], None] = import_string(settings.JOURNAL_OBSERVER)
    return observer


def _encrypt(batch: list[Line]) -> dict[str, bytes]:
    lines = [line for line in batch if line.personal]
    if not lines:
        return {}
    keys = subject_keys.open_keys((line.subject for line in lines), now=lines[0].call.now)
    return {
        line.event_id: crypto.encrypt(
            json.dumps(line.personal, sort_keys=True, separators=(",", ":")).encode(), key=key, context=line.event_id
        )
        for line in lines
        if (key := keys[line.subject]) is not None
    }


def _number(lines: list[Line], held: Iterable[str]) -> None:
    counts = Counter(line.subject for line in lines)
    for subject in held:
        counts[subject] += 0  # its row is locked, and stays as it is
    if not counts:
        return
    heads = _advance(counts)
    last = {subject: heads[subject] - count for subject, count in counts.items()}
    for line in lines:
        last[line.subject] += 1
        line.seq = last[line.subject]


def _advance(counts: Mapping[str, int]) -> dict[str, int]:
    """Move the heads on and keep their rows locked until the commit: this is what makes `seq` the commit order."""
    table = SubjectHead._meta.db_table
    # Sorted: rows are locked in the order given, so two deeds over the same two subjects never wait in a circle.
    values = [value for subject in sorted(counts) for value in (subject, counts[subject])]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (subject, seq) VALUES {', '.join(['(%s, %s)'] * len(counts))} "  # noqa: S608  own names
            f"ON CONFLICT (subject) DO UPDATE SET seq = {table}.seq + excluded.seq RETURNING subject, seq",
            values,
        )
        return {subject: int(seq) for subject, seq in cursor.fetchall()}


def _row(line: Line, personal: bytes | None) -> tuple[Any, ...]:
    caller = line.call.caller
    return (
        line.event_id,
        line.subject,
        line.seq,
        line.type.name,
        storable_text(caller.actor, longest=300),
        line.client,
        line.channel,
        line.session,
        storable_text(caller.agent or "", longest=255),
        storable_text(line.call.journey or "", longest=64),
        storable_text(line.call.trace_id, longest=64),
        line.occurred_at or line.call.now,
        line.call.now,
        json.dumps(line.payload),
        personal,
    )
