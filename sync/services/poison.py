"""Back to the last good watermark: what the poison had reached counts no more, and decisions since are flagged."""

from collections.abc import Sequence

import resolution.services
from audit import journal
from kit.call import CallContext
from sync import events
from sync.models import Feed, FeedBatch
from sync.services.feeds import note_health
from sync.services.risks import weigh_risks
from sync.types import BatchState, FeedSettings


def take_poison_back(
    row: Feed, settings: FeedSettings, batch: FeedBatch, reached: Sequence[FeedBatch], call: CallContext
) -> None:
    """Take back the deliveries that were applied before the poison was seen, and flag the decisions made since."""
    if not reached:  # nothing of it was ever applied: no decision rests on it
        note_health(row, settings, call)
        return
    refs = [each.ref for each in reached]
    reverted = resolution.services.take_back(source=settings.source, batches=refs, call=call)
    FeedBatch.objects.filter(ref__in=refs).update(state=BatchState.TAKEN_BACK.value, caused_by=batch.ref)
    weigh_risks(row, settings, {each.subject for each in reverted if each.subject}, call, clearing=False)
    since = reached[0].received_at
    note_health(row, settings, call, good_until=since)
    payload = {"feed": row.slug, "batch": batch.ref, "taken_back": refs, "since": since.isoformat()}
    journal.record(events.FEED_ROLLED_BACK, call=call, payload=payload)


def give_poison_back(row: Feed, settings: FeedSettings, batch: FeedBatch, call: CallContext) -> None:
    """What was taken back with a delivery counts again: a person has looked, and it was no poison."""
    rows = FeedBatch.objects.filter(caused_by=batch.ref, state=BatchState.TAKEN_BACK.value)
    if refs := list(rows.values_list("ref", flat=True)):
        reverted = resolution.services.give_back(source=settings.source, batches=refs, call=call)
        FeedBatch.objects.filter(ref__in=refs).update(state=BatchState.APPLIED.value)
        weigh_risks(row, settings, {each.subject for each in reverted if each.subject}, call)
