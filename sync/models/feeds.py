from datetime import datetime

from django.db import models
from django.db.models import Q

from assurance.types import Health
from kit.ids import new_id
from sync import rules
from sync.types import BatchState, BatchSummary, Tally


def new_batch() -> str:
    """A fresh name for a delivery of a feed."""
    return new_id("bat_")


class Feed(models.Model):
    """A system that tells us something, what is expected of it, and how its fuse is. Deliveries take this row's lock.

    `body` is what an operator says of it, canonical. `number` counts its deliveries. `fresh_at` is from when its newest
    data are, `since` from when its health is what it is.
    """

    slug = models.SlugField(max_length=32, primary_key=True)
    body = models.JSONField()
    client_id = models.CharField(max_length=255)
    enabled = models.BooleanField()
    number = models.PositiveBigIntegerField(default=0)
    health = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Health])
    reason = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    fresh_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    canary_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(health__in=[each.value for each in Health]), name="sync_feed_health_known"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class FeedBatchQuerySet(models.QuerySet["FeedBatch"]):
    """How deliveries of feeds are looked through."""

    def open(self) -> "FeedBatchQuerySet":
        """Those that wait for somebody to decide, or behind one that does."""
        return self.filter(state__in=WAITING)

    def applied_before(self, feed: str, limit: int) -> list["FeedBatch"]:
        """The newest deliveries of a feed that count, the newest last."""
        rows = self.filter(feed=feed, state=BatchState.APPLIED.value).defer("payload", "answer")
        return list(reversed(rows.order_by("-number")[:limit]))

    def volume(self, feed: str, since: datetime) -> int:
        """How many records a feed has delivered since an instant, whatever became of them."""
        rows = self.filter(feed=feed, received_at__gt=since)
        return rows.aggregate(total=models.Sum("received"))["total"] or 0


WAITING = (BatchState.QUARANTINED.value, BatchState.HELD.value)


class FeedBatch(models.Model):
    """One delivery: what it looked like, what became of it, and the answer that its sender gets again and again.

    `payload` holds records only while they are not applied. `caused_by` names the delivery whose poison this one was
    taken back with.
    """

    ref = models.CharField(max_length=40, unique=True, default=new_batch, editable=False)
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="batches")
    number = models.PositiveBigIntegerField()
    key = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=[(each.value, each.value) for each in BatchState])
    reason = models.CharField(max_length=60, blank=True)
    received = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()
    fields = models.JSONField(default=dict)
    as_of = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    payload = models.JSONField(null=True)
    answer = models.JSONField(default=dict)
    caused_by = models.CharField(max_length=40, blank=True)
    decided_by = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True)

    objects = FeedBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["feed", "number"], name="sync_batch_number"),
            models.UniqueConstraint(fields=["feed", "key"], condition=~Q(key=""), name="sync_batch_key_once"),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in BatchState]), name="sync_batch_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[BatchState.DISCARDED.value]) | Q(payload__isnull=True),
                name="sync_batch_discarded_is_gone",
            ),
        ]
        indexes = [
            models.Index(fields=["feed", "received_at"], name="sync_batch_received"),
            models.Index(fields=["feed", "state", "number"], name="sync_batch_state"),
            models.Index(fields=["caused_by"], condition=~Q(caused_by=""), name="sync_batch_caused_by"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def tally(self) -> Tally:
        """What it looked like."""
        return rules.read_tally(self.fields, received=self.received, refused=self.refused)

    @property
    def told(self) -> BatchSummary:
        """The row as the rooms above see it."""
        return BatchSummary(
            ref=self.ref,
            number=self.number,
            state=BatchState(self.state),
            reason=self.reason,
            received=self.received,
            refused=self.refused,
            received_at=self.received_at,
            nulls=rules.null_shares(self.tally),
            decided_by=self.decided_by,
            decided_at=self.decided_at,
            caused_by=self.caused_by,
        )
