"""Naming feeds, and looking after their fuses."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import assurance.services
import resolution.services
from assurance.types import Brings, Health
from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed
from notifications.services import send_mail
from resolution.queries import list_erased
from sync import conf, events, rules
from sync.errors import FeedInvalid, FeedUnknown
from sync.models import Feed, FeedBatch
from sync.queries import get_facts, plan_feeds, read_feeds
from sync.types import BatchState, FeedKind, FeedSettings


@deed
def apply_feeds(*, document: Mapping[str, Any], call: CallContext) -> list[str]:
    """Make the feeds as a document says, all or nothing, and answer what changed; applying twice changes nothing.

    Feeds that it does not name stay as they are; nothing is ever deleted. Raises FeedInvalid.
    """
    changes = plan_feeds(document)
    for slug, settings in read_feeds(document).items():
        _keep_feed(slug, settings, call)
    _refuse_two_by_scim()
    return changes


def _refuse_two_by_scim() -> None:
    """A client's SCIM has one address: it cannot say which of two feeds it means."""
    clients = Feed.objects.filter(body__scim=True).values_list("client_id", flat=True).order_by("client_id")
    for client_id, count in Counter(clients).items():
        if count > 1:
            raise FeedInvalid("feeds", f"The client {client_id} has two feeds by SCIM; it can have one.")


def _keep_feed(slug: str, settings: FeedSettings, call: CallContext) -> None:
    body = rules.render_feed(settings)
    row, created = Feed.objects.select_for_update(no_key=True).get_or_create(
        slug=slug,
        defaults={
            "body": body,
            "client_id": settings.client,
            "enabled": settings.enabled,
            "health": Health.OK.value,
            "since": call.now,
            "created_at": call.now,
        },
    )
    if not created and row.body == body:
        return
    row.body, row.client_id, row.enabled = body, settings.client, settings.enabled
    row.save(update_fields=["body", "client_id", "enabled"])
    journal.record(events.FEED_DEFINED, call=call, payload={"feed": slug, "source": settings.source})
    note_health(row, settings, call)


@deed
def check_feed(*, slug: str, call: CallContext) -> Health:
    """Look at a feed by the clock: its health now, told to the judge; what may not be kept any longer goes.

    Raises FeedUnknown.
    """
    row = lock_feed(slug)
    settings = rules.parse_feed(row.slug, row.body)
    _drop_erased(row, settings)
    return note_health(row, settings, call)


@deed
def clear_batches(*, older_than: timedelta, call: CallContext, limit: int = 10_000) -> int:
    """Delete deliveries that came more than `older_than` ago and wait for nobody, their keys with them; how many."""
    rows = FeedBatch.objects.filter(received_at__lt=call.now - older_than).exclude(state__in=_KEPT)
    deleted, _ = FeedBatch.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:limit])).delete()
    resolution.services.clear_superseded(older_than=older_than, call=call)
    return deleted


_KEPT = (BatchState.QUARANTINED.value, BatchState.HELD.value)


def lock_feed(slug: str) -> Feed:
    """The feed, one deed at a time. Raises FeedUnknown."""
    row = Feed.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if row is None:
        raise FeedUnknown
    return row


def note_health(row: Feed, settings: FeedSettings, call: CallContext, *, good_until: datetime | None = None) -> Health:
    """Judge the fuse of a feed whose row is locked, and tell the judge's room.

    Of a feed that is found poisoned it flags the decisions made since `good_until`; without it nothing came through.
    """
    health, reason = rules.judge_fuse(get_facts(row, settings, call.now), settings)
    if row.health != health.value or row.reason != reason:
        row.since = row.since if row.health == health.value else call.now
        row.health, row.reason = health.value, reason
        row.save(update_fields=["health", "reason", "since"])
    is_news = assurance.services.record_feed_health(
        feed=row.slug,
        health=health,
        reason=reason,
        fresh_at=row.fresh_at,
        good_until=good_until or call.now,
        brings=_brings(settings),
        call=call,
    )
    if is_news and settings.enabled and health in (Health.POISONED, Health.FAILED):
        _tell_operators(row, settings, call)
    return health


def _tell_operators(row: Feed, settings: FeedSettings, call: CallContext) -> None:
    """A blown fuse holds everything behind it until a person has looked: somebody has to know."""
    if address := conf.operators_address():
        page = f"{conf.issuer().rstrip('/')}/console/feeds/{row.slug}/"
        body = f"{settings.name}\n\n{row.reason}\n\n{page}\n"
        send_mail(to=address, subject=f"[Throughline] feed {row.slug}: {row.health}", body=body, call=call)


def _brings(settings: FeedSettings) -> Brings:
    if not settings.enabled:
        return Brings.NOTHING
    return Brings.RISKS if settings.kind is FeedKind.RISK else Brings.ATTRIBUTES


def _drop_erased(row: Feed, settings: FeedSettings) -> None:
    """What waits here of people who were erased meanwhile is not kept for a decision."""
    for batch in FeedBatch.objects.filter(feed=row, payload__isnull=False).select_for_update():
        gone = list_erased(source=settings.source, external_ids=[each["id"] for each in batch.payload or []])
        if gone:
            batch.payload = [each for each in batch.payload or [] if each["id"] not in gone]
            batch.save(update_fields=["payload"])
