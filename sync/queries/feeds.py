"""Questions about inbound feeds; they never write."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from assurance.types import Health
from kit.call import Caller
from sync import rules
from sync.errors import FeedInvalid, FeedUnknown
from sync.models import Feed, FeedBatch
from sync.types import BatchState, BatchSummary, FeedFacts, FeedSettings, FeedState


def list_feeds(*, now: datetime) -> list[FeedState]:
    """Every feed with its health, by name."""
    return [_tell(row, now) for row in Feed.objects.all()]


def get_feed(*, slug: str, now: datetime) -> FeedState:
    """One feed. Raises FeedUnknown."""
    row = Feed.objects.filter(slug=slug).first()
    if row is None:
        raise FeedUnknown
    return _tell(row, now)


def demand_feed(*, slug: str, caller: Caller) -> Feed:
    """The feed, for the client that it belongs to or the gateway itself. Raises FeedUnknown for everybody else."""
    row = None if "\x00" in slug else Feed.objects.filter(slug=slug).first()
    if row is None or caller.client_id not in (None, row.client_id):
        raise FeedUnknown
    return row


def find_signed_feed(*, slug: str) -> FeedSettings | None:
    """What an operator says of a feed whose deliveries are signed; None for every other name."""
    row = Feed.objects.filter(slug=slug).first()
    settings = rules.parse_feed(row.slug, row.body) if row else None
    return settings if settings and settings.signed_by else None


def list_batches(*, feed: str, waiting: bool = False, limit: int = 50) -> list[BatchSummary]:
    """The newest deliveries of a feed first; with `waiting` those that are not applied and wait, the oldest first."""
    rows = FeedBatch.objects.filter(feed=feed).defer("payload", "answer")
    rows = rows.open().order_by("number") if waiting else rows.order_by("-number")
    return [row.told for row in rows[:limit]]


def get_facts(row: Feed, settings: FeedSettings, now: datetime) -> FeedFacts:
    """How a feed stands now, for judging its fuse."""
    poisoned = FeedBatch.objects.filter(feed=row.pk, state=BatchState.QUARANTINED.value).order_by("number")
    volume = FeedBatch.objects.volume(row.pk, now - timedelta(seconds=settings.period)) if settings.least else 0
    return FeedFacts(
        age=(now - (row.fresh_at or row.created_at)).total_seconds(),
        canary_age=(now - row.canary_at).total_seconds() if row.canary_at else None,
        received=volume,
        observed=(now - row.created_at).total_seconds(),
        poisoned_by=poisoned.values_list("reason", flat=True).first() or "",
    )


def plan_feeds(document: Mapping[str, Any]) -> list[str]:
    """What `services.apply_feeds` would change, without changing it. Raises FeedInvalid."""
    known = {row.slug: row.body for row in Feed.objects.all()}
    return [
        f"feed {slug}: {'change' if slug in known else 'create'}"
        for slug, settings in read_feeds(document).items()
        if known.get(slug) != rules.render_feed(settings)
    ]


def read_feeds(document: Mapping[str, Any]) -> dict[str, FeedSettings]:
    """What a document says of feeds, by name. Raises FeedInvalid."""
    if unknown := sorted(str(key) for key in document if key != "feeds"):
        raise FeedInvalid(unknown[0][:100], "is not known here; a document holds `feeds:`.")
    feeds = document.get("feeds", {})
    if not isinstance(feeds, Mapping):
        raise FeedInvalid("feeds", "must be a group of feeds by name.")
    return {slug: rules.parse_feed(slug, feeds[slug]) for slug in sorted(str(each) for each in feeds)}


def export_feeds() -> dict[str, Any]:
    """All feeds as a document that, applied, changes nothing."""
    return {"feeds": {row.slug: row.body for row in Feed.objects.all()}}


def _tell(row: Feed, now: datetime) -> FeedState:
    settings = rules.parse_feed(row.slug, row.body)
    return FeedState(
        slug=row.slug,
        settings=settings,
        health=Health(row.health),
        reason=row.reason,
        since=row.since,
        fresh_at=row.fresh_at,
        received_at=row.received_at,
        canary_at=row.canary_at,
        volume=FeedBatch.objects.volume(row.slug, now - timedelta(seconds=settings.period)),
        open_batches=FeedBatch.objects.filter(feed=row.slug).open().count(),
    )
