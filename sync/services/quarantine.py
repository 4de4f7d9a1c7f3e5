"""What a person does with deliveries that were set aside."""

from audit import journal
from kit.call import CallContext
from kit.refusal import NotFound
from kit.unit_of_work import deed
from sync import events, rules
from sync.errors import BatchSettled
from sync.models import Feed, FeedBatch
from sync.services.feeds import lock_feed, note_health
from sync.services.intake import admit
from sync.services.poison import give_poison_back
from sync.types import BatchState, FeedSettings


@deed
def release_batch(*, feed: str, ref: str, call: CallContext) -> None:
    """Apply a quarantined delivery after all, and what was taken back because of it: a person has looked.

    What waited behind it is judged and applied then. Raises FeedUnknown, NotFound, BatchSettled.
    """
    row, settings, batch = _lock(feed, ref)
    give_poison_back(row, settings, batch, call)
    records = [rules.kept_record(each) for each in batch.payload or []]
    admit(row, settings, batch, records, call, unjudged=True)
    _settle(row, settings, batch, "released", call)


@deed
def discard_batch(*, feed: str, ref: str, call: CallContext) -> None:
    """Throw a quarantined delivery away; what was taken back because of it stays so. The rest as `release_batch`."""
    row, settings, batch = _lock(feed, ref)
    batch.state, batch.payload = BatchState.DISCARDED.value, None
    FeedBatch.objects.filter(caused_by=ref).update(payload=None)
    _settle(row, settings, batch, "discarded", call)


def _lock(feed: str, ref: str) -> tuple[Feed, FeedSettings, FeedBatch]:
    row = lock_feed(feed)
    batch = FeedBatch.objects.filter(feed=row, ref=ref).first()
    if batch is None:
        raise NotFound
    if batch.state != BatchState.QUARANTINED.value:
        raise BatchSettled
    return row, rules.parse_feed(row.slug, row.body), batch


def _settle(row: Feed, settings: FeedSettings, batch: FeedBatch, decision: str, call: CallContext) -> None:
    batch.decided_by, batch.decided_at = call.caller.actor, call.now
    batch.save()
    payload = {"feed": row.slug, "batch": batch.ref, "decision": decision, "reason": batch.reason}
    journal.record(events.BATCH_DECIDED, call=call, payload=payload)
    _let_follow(row, settings, call)
    note_health(row, settings, call)


def _let_follow(row: Feed, settings: FeedSettings, call: CallContext) -> None:
    """What was held is admitted in its order, until one of them is poison itself."""
    for batch in FeedBatch.objects.filter(feed=row, state=BatchState.HELD.value).order_by("number"):
        admit(row, settings, batch, [rules.kept_record(each) for each in batch.payload or []], call)
