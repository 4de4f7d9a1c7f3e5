"""Taking in what other systems tell: once for each key, judged before it counts."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import resolution.services
from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed
from resolution.queries import list_known
from resolution.types import Landed, Landing
from sync import events, rules
from sync.errors import FeedClosed, IdempotencyConflict
from sync.models import Feed, FeedBatch
from sync.queries import demand_feed
from sync.services.feeds import lock_feed, note_health
from sync.services.poison import take_poison_back
from sync.services.risks import weigh_risks
from sync.types import BatchState, Fault, FeedRecord, FeedSettings, Sifted, Taken

WINDOW = 100
"""How many deliveries are looked back at for slow poison."""
_NOT_TAKEN = (Landing.ERASED, Landing.LINKED_ELSEWHERE, Landing.UNKNOWN_ACCOUNT)


@deed
def take_in(
    *,
    feed: str,
    records: Sequence[FeedRecord],
    call: CallContext,
    key: str = "",
    digest: str = "",
    as_of: datetime | None = None,
) -> Taken:
    """Take a delivery in, whatever wire it came by: applied at once, or set aside where it looks like poison.

    `key` names it among the deliveries of its feed: the second with the same key and `digest` changes nothing and gets
    the first one's answer. `as_of` says as of when the source has nothing newer. Deliveries of a feed are taken one
    after the other. Raises FeedUnknown for another client's feed too, FeedClosed, IdempotencyConflict.
    """
    demand_feed(slug=feed, caller=call.caller)
    row = lock_feed(feed)
    if key and (earlier := FeedBatch.objects.filter(feed=row, key=key).first()):
        if earlier.digest != digest:
            raise IdempotencyConflict
        return _answer_of(earlier)
    if not row.enabled:
        raise FeedClosed
    settings = rules.parse_feed(row.slug, row.body)
    batch = _open_batch(row, records, key, digest, as_of, call)
    answer = admit(row, settings, batch, records, call)
    note_health(row, settings, call)
    return answer


def _open_batch(
    row: Feed, records: Sequence[FeedRecord], key: str, digest: str, as_of: datetime | None, call: CallContext
) -> FeedBatch:
    row.number, row.received_at = row.number + 1, call.now
    row.save(update_fields=["number", "received_at"])
    return FeedBatch.objects.create(
        feed=row,
        number=row.number,
        key=key,
        digest=digest,
        state=BatchState.HELD.value,
        received=len(records),
        refused=0,
        as_of=min(as_of, call.now) if as_of else None,
        received_at=call.now,
    )


def admit(
    row: Feed,
    settings: FeedSettings,
    batch: FeedBatch,
    records: Sequence[FeedRecord],
    call: CallContext,
    *,
    unjudged: bool = False,
) -> Taken:
    """Judge a delivery whose feed is locked: apply it, or set it aside. `unjudged` applies it by a person's word."""
    known = list_known(source=settings.source, external_ids=[each.id for each in records])
    sifted = rules.sift(records, settings, now=call.now, known=known)
    batch.refused, batch.fields = sifted.tally.refused, rules.write_tally(sifted.tally)
    if sifted.canary_lives and sifted.canary_at:
        row.canary_at = max(row.canary_at or sifted.canary_at, min(sifted.canary_at, call.now))
        row.save(update_fields=["canary_at"])
    poison = None
    if not unjudged:
        if FeedBatch.objects.filter(feed=row, state=BatchState.QUARANTINED.value).exclude(pk=batch.pk).exists():
            return _set_aside(batch, BatchState.HELD, "fuse_blown", records, call)
        before = FeedBatch.objects.exclude(pk=batch.pk).applied_before(row.pk, WINDOW)
        volume = FeedBatch.objects.volume(row.pk, batch.received_at - timedelta(seconds=settings.period))
        poison = rules.find_poison(sifted, [each.tally for each in before], settings, volume=volume)
        if poison:
            taken = _set_aside(batch, BatchState.QUARANTINED, poison.reason, records, call)
            take_poison_back(row, settings, batch, before[len(before) - poison.since :], call)
            return taken
    return _apply(row, settings, batch, sifted, call)


def _set_aside(
    batch: FeedBatch, state: BatchState, reason: str, records: Sequence[FeedRecord], call: CallContext
) -> Taken:
    batch.state, batch.reason = state.value, reason
    batch.payload = [rules.write_record(each) for each in records]
    batch.answer = batch.answer or {"batch": batch.ref, "status": state.value, "received": batch.received}
    batch.save()
    payload = {"feed": batch.feed_id, "batch": batch.ref, "reason": reason, "records": batch.received}
    journal.record(events.BATCH_SET_ASIDE, call=call, payload=payload)
    return _answer_of(batch)


def _apply(row: Feed, settings: FeedSettings, batch: FeedBatch, sifted: Sifted, call: CallContext) -> Taken:
    entries = [rules.to_entry(each, settings) for each in sifted.fit]
    landed = resolution.services.land_records(source=settings.source, entries=entries, batch=batch.ref, call=call)
    weigh_risks(row, settings, {each.subject for each in landed if each.changed and each.subject}, call)
    refused = [*sifted.faults, *(Fault(each.external_id, each.landing.value) for each in landed if _is_refused(each))]

    batch.state, batch.refused = BatchState.APPLIED.value, len(refused)
    told = {each.id for each in refused}
    kept = [rules.write_record(each) for each in sifted.fit if each.id in told]
    batch.payload = kept or None
    batch.answer = batch.answer or _body(batch, landed, refused)
    batch.save()
    newest = [min(each.occurred_at, call.now) for each in sifted.fit] + ([batch.as_of] if batch.as_of else [])
    newest += [min(sifted.canary_at, call.now)] if sifted.canary_at else []
    if newest and (row.fresh_at is None or max(newest) > row.fresh_at):
        row.fresh_at = max(newest)
        row.save(update_fields=["fresh_at"])
    payload = {"feed": row.slug, "batch": batch.ref, "records": batch.received, "refused": len(refused)}
    journal.record(events.BATCH_APPLIED, call=call, payload=payload)
    return _answer_of(batch)


def _is_refused(landed: Landed) -> bool:
    return landed.landing in _NOT_TAKEN


def _body(batch: FeedBatch, landed: Sequence[Landed], refused: Sequence[Fault]) -> dict[str, Any]:
    counts = {
        each.value: sum(one.landing is each for one in landed)
        for each in (Landing.APPLIED, Landing.UNCHANGED, Landing.OUTDATED)
    }
    said = [{"id": each.id, "code": each.code, "attribute": each.attribute} for each in refused]
    return {"batch": batch.ref, "status": "applied", "received": batch.received, **counts, "refused": said}


def _answer_of(batch: FeedBatch) -> Taken:
    # In one order always: the database keeps another one than the answer was first written in.
    body: Mapping[str, Any] = json.loads(json.dumps(batch.answer, sort_keys=True))
    return Taken(ref=batch.ref, state=BatchState(body["status"]), body=body)
