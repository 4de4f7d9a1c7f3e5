"""The fuses of inbound feeds, written from above."""

from datetime import datetime

from django.db import transaction

from assurance.events import FEED_CHANGED
from assurance.models import FeedPoisoning, FeedState
from assurance.queries import forget_learned
from assurance.types import Brings, Health
from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed


@deed
def record_feed_health(
    *,
    feed: str,
    health: Health,
    reason: str = "",
    fresh_at: datetime | None = None,
    good_until: datetime | None = None,
    brings: Brings = Brings.NOTHING,
    call: CallContext,
) -> bool:
    """Note how an inbound feed is; decisions on every node trust it accordingly within a second. False: as before.

    `brings` is what decisions rest on it for, `fresh_at` from when its newest data are; telling that alone leaves no
    line in the journal. Of a feed that is found poisoned every decision since `good_until`, its last good watermark, is
    flagged; without one, since its health last changed.
    """
    row, created = FeedState.objects.select_for_update().get_or_create(
        feed=feed, defaults={"health": Health.OK.value, "changed_at": call.now}
    )
    if row.health == health.value and not created:
        FeedState.objects.filter(feed=feed).update(fresh_at=fresh_at, brings=brings.value)
        return False
    if health is Health.POISONED:
        since = min(good_until or row.changed_at, call.now)
        FeedPoisoning.objects.create(
            feed=feed, good_until=since, found_at=call.now, reason=reason[:200], brings=brings.value
        )
    row.health, row.reason, row.fresh_at, row.changed_at = health.value, reason[:200], fresh_at, call.now
    row.brings = brings.value
    row.save()
    journal.record(FEED_CHANGED, call=call, payload={"feed": feed, "health": health.value, "reason": reason[:200]})
    transaction.on_commit(forget_learned)
    return True
