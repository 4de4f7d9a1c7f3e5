"""Deeds of the journal on itself: seal what came in, export the head, make partitions, erase a subject's key."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from audit import events, journal, rules, subject_keys
from audit.models import Event, Pending, Seal, SubjectHead
from audit.queries import find_head
from audit.types import Fact, Row, SealStatement
from kit import partitioned, signatures
from kit.call import CallContext
from kit.locks import hold_name
from kit.rewrapping import Rewrapped
from kit.unit_of_work import current_unit_of_work, deed

_ROWS_AT_ONCE = 1000
_SEALER = "sealer of the journal"
_ERASURES = "audit.erasures"
_BEFORE_THE_JOURNAL = 5  # keys are locked when all rows of the rooms are, and before the heads


@deed
def seal_journal(*, call: CallContext, limit: int = 10_000) -> Seal | None:
    """Seal the oldest `limit` events that are not yet sealed, as the next link of the chain; None without any.

    One sealer works at a time; another waits. A seal is its own record and has no journal line: it would never end.
    """
    hold_name(_SEALER)
    previous = Seal.objects.order_by("-number").first()
    contents, places = _take_in(limit)
    if not places:
        return None

    statement = SealStatement(
        number=previous.number + 1 if previous else 1,
        previous=previous.digest if previous else "",
        contents=contents.digest,
        events=contents.events,
        heads=contents.heads,
        sealed_at=call.now,
        public_key=signatures.encode(signatures.public_key(settings.SEAL_SIGNING_KEY)),
    )
    digest = rules.seal_digest(statement)
    message = rules.signed_bytes(statement.number, digest)

    _mark(places, statement.number)
    return Seal.objects.create(
        **asdict(statement),
        digest=digest,
        fingerprints=contents.fingerprints,
        signature=signatures.encode(signatures.sign(message, seed=settings.SEAL_SIGNING_KEY)),
    )


@deed
def rewrap_subject_keys(*, after: str | int | None, call: CallContext) -> Rewrapped:  # noqa: ARG001  every deed takes its call
    """Wrap subjects' data keys anew that a previous KEY_ENCRYPTION_KEY wrapped, the next few from a subject on."""
    return subject_keys.rewrap(after=after)


def _take_in(limit: int) -> tuple[rules.Contents, list[tuple[int, datetime]]]:
    """Digest the unsealed events in id order. An id that commits late is smaller, but comes under a later seal."""
    contents, places = rules.Contents(), []
    rows = Event.objects.filter(seal=None).order_by("id").values(*rules.SEALED_COLUMNS)[:limit]
    row: Row
    for row in rows.iterator(chunk_size=_ROWS_AT_ONCE):
        contents.add(row)
        places.append((row["id"], row["recorded_at"]))
    return contents, places


def _mark(places: Sequence[tuple[int, datetime]], number: int) -> None:
    for start in range(0, len(places), _ROWS_AT_ONCE):
        ids, times = zip(*places[start : start + _ROWS_AT_ONCE], strict=True)
        # Exactly the rows that were digested, never "all unsealed up to": others commit meanwhile. The times spare
        # the database all partitions but the recent ones.
        rows = Event.objects.filter(id__in=ids, recorded_at__range=(min(times), max(times)), seal=None)
        if rows.update(seal=number) != len(ids):
            raise RuntimeError(f"the events of seal {number} changed while they were sealed")


@deed
def take_pending(*, limit: int, call: CallContext, wait: bool = False) -> list[Fact]:  # noqa: ARG001  every deed takes its call
    """Take at most `limit` deliverable facts out of the fan-out, each subject's in its order; [] without any.

    The caller's transaction writes down what becomes of them, or they are pending again. Subjects that somebody else
    is busy with are passed over; with `wait` one subject is waited for, so that nothing is left lying between two who
    passed over each other.
    """
    oldest = Pending.objects.order_by("id").values_list("subject", flat=True)[:limit]
    subjects = list(dict.fromkeys(oldest))[: 1 if wait else None]
    if not subjects:
        return []
    # Whoever writes a fact holds the head until its commit: under this lock the rows are all there are, in order.
    skip = connection.features.has_select_for_update_skip_locked and not wait
    heads = SubjectHead.objects.filter(subject__in=subjects).select_for_update(skip_locked=skip, no_key=True)
    ours = [head.subject for head in heads]
    rows = list(Pending.objects.filter(subject__in=ours).order_by("subject", "seq")[:limit])
    events = {event.event_id: event for event in Event.objects.filter(event_id__in=[row.event_id for row in rows])}
    Pending.objects.filter(pk__in=[row.pk for row in rows]).delete()
    # One whose event is gone says nothing to anybody, and must not keep the others from leaving.
    return [_fact(events[row.event_id]) for row in rows if row.event_id in events]


@deed
def put_back(*, subject: str, seq: int, event_id: str, call: CallContext) -> None:  # noqa: ARG001  every deed takes its call
    """Have a fact that was taken out fanned out once more; nothing happens to one that is pending still."""
    Pending.objects.get_or_create(subject=subject, seq=seq, defaults={"event_id": event_id})


def _fact(event: Event) -> Fact:
    return Fact(
        event_id=event.event_id,
        subject=event.subject,
        seq=event.seq or 0,
        type=event.type,
        session=event.session,
        channel=event.channel,
        trace_id=event.trace_id,
        occurred_at=event.occurred_at,
        payload=event.payload,
    )


@deed
def export_head(*, directory: Path, call: CallContext) -> Path | None:
    """Write the newest signed head to `directory` as `head-<day>.json`, over the one of the same day.

    Copy it to where nobody who can write the database can write. None while nothing was ever sealed; OSError when
    the directory cannot be written.
    """
    head = find_head()
    if head is None:
        return None

    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"head-{call.now:%Y-%m-%d}.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(head), indent=2) + "\n", encoding="utf-8")
    return fresh.replace(path)


@deed
def make_partitions(*, months_ahead: int = 3, call: CallContext) -> list[str]:
    """Make the journal's missing partitions for this month and the next ones; returns their names.

    Without a server for partitions (SQLite) there is nothing to make.
    """
    return partitioned.add_months(connection, Event._meta.db_table, first=call.now.date(), count=months_ahead + 1)


@deed
def erase_subject_key(*, subject: str, call: CallContext) -> bool:
    """Make every personal value of a subject in the journal unreadable, for good; False when it was done before.

    Seals stay valid, because they cover the ciphertext. Values recorded in this deed or later are not kept.
    """
    if subject_keys.is_erased(subject):
        return False

    unit = current_unit_of_work()
    erased: set[str] = unit.notes.setdefault(_ERASURES, set())
    erased.add(subject)
    unit.before_commit(_ERASURES, _BEFORE_THE_JOURNAL, lambda: subject_keys.erase(erased, now=call.now))
    journal.record(events.SUBJECT_KEY_ERASED, call=call, subject=subject)
    return True
