from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import Q

from kit.ids import new_id
from sync.types import OPEN, DeliveryState, State


def new_ref() -> str:
    """A fresh name for a delivery."""
    return new_id("dlv_")


class Receiver(models.Model):
    """Somebody who is told over one transport, and how it goes with him. Leasing takes this row's lock.

    `failures` counts attempts that failed in a row; until `quiet_until` he is left alone, because he asked for it or
    because it would be of no use. While he is `held` his deliveries wait, however long. `turn` is the subject that was
    told of last: the next ones are those behind it.
    """

    transport = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    failures = models.PositiveIntegerField(default=0)
    quiet_until = models.DateTimeField(null=True)
    held = models.BooleanField(default=False)
    turn = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transport", "key"], name="sync_receiver_once")]

    def __str__(self) -> str:
        return f"{self.transport}:{self.key}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """How the couriers look through what lies there."""

    def open(self) -> "DeliveryQuerySet":
        """Those neither confirmed nor given up."""
        return self.filter(state__in=OPEN)

    def due(self, now: datetime) -> "DeliveryQuerySet":
        """Those that anybody may take now: never tried, to be tried again, or their courier's lease is over."""
        return self.open().filter(next_attempt_at__lte=now)

    def under_way(self, now: datetime) -> "DeliveryQuerySet":
        """Those that somebody is sending at this moment, as far as anybody knows."""
        return self.filter(state=State.LEASED.value, next_attempt_at__gt=now)

    def list_next_in_line(self, *, receiver: int, after: str, now: datetime, limit: int) -> list[int]:
        """Keys of deliveries that a receiver may be sent now, of different subjects, those behind `after` first.

        Each is due and has no open one before it, and none of its subject is under way.
        """
        instant = connection.ops.adapt_datetimefield_value(now)
        places: dict[str, Any] = {"receiver": receiver, "after": after, "now": instant}
        found: list[int] = []
        with connection.cursor() as cursor:
            for statement in (_BEHIND, _UP_TO) if after else (_FROM_THE_FIRST,):
                if limit > len(found):
                    cursor.execute(statement, places | {"limit": limit - len(found)})
                    found += [key for (key,) in cursor.fetchall()]
        return found


# From subject to subject by one step in the index each, and no further than needed: however many wait, what it takes is
# for those that are looked at.
_OPEN = "receiver_id = %(receiver)s AND state IN ('waiting', 'leased')"
_NEXT_IN_LINE = f"""
WITH RECURSIVE heads(id) AS (
    SELECT (SELECT id FROM sync_delivery WHERE {_OPEN} AND {{begin}} ORDER BY subject, seq LIMIT 1)
    UNION ALL
    SELECT (SELECT id FROM sync_delivery WHERE {_OPEN} AND subject >
            (SELECT subject FROM sync_delivery WHERE id = heads.id) ORDER BY subject, seq LIMIT 1)
    FROM heads WHERE heads.id IS NOT NULL
)
SELECT id FROM heads
WHERE (SELECT next_attempt_at FROM sync_delivery WHERE id = heads.id) <= %(now)s
AND {{end}}
AND (SELECT 1 FROM sync_delivery WHERE {_OPEN} AND state = 'leased' AND next_attempt_at > %(now)s
     AND subject = (SELECT subject FROM sync_delivery WHERE id = heads.id) LIMIT 1) IS NULL
LIMIT %(limit)s
"""  # noqa: S608  our own words
_FROM_THE_FIRST = _NEXT_IN_LINE.format(begin="subject >= ''", end="TRUE")
_BEHIND = _NEXT_IN_LINE.format(begin="subject > %(after)s", end="TRUE")
_UP_TO = _NEXT_IN_LINE.format(
    begin="subject >= ''", end="(SELECT subject FROM sync_delivery WHERE id = heads.id) <= %(after)s"
)


class Delivery(models.Model):
    """One fact for one receiver. Every change of it takes this row's lock.

    `next_attempt_at` is when anybody may take it: while it is leased that is the end of the lease, so a courier that
    died is noticed by the clock alone. `attempts` tells a lease from the one before. `facts` are codes and opaque ids;
    what is personal lies encrypted in `sealed` until it has arrived. Confirmed means that the receiver has it: that he
    has done what it says he tells himself (`applied_at`), or it is read back from him (`read_back_at`).
    """

    ref = models.CharField(max_length=40, unique=True, default=new_ref, editable=False)
    receiver = models.ForeignKey(Receiver, on_delete=models.PROTECT, related_name="deliveries")
    event_id = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    seq = models.PositiveBigIntegerField()
    session = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=60, blank=True)
    occurred_at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    sealed = models.BinaryField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        max_length=10, default=State.WAITING.value, choices=[(each.value, each.value) for each in State]
    )
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    read_back_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=40, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["event_id", "receiver"], name="sync_delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in State]), name="sync_delivery_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state=State.CONFIRMED.value, confirmed_at__isnull=False)
                | (~Q(state=State.CONFIRMED.value) & Q(confirmed_at__isnull=True)),
                name="sync_delivery_confirmed_at_an_instant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["receiver", "subject", "seq"], condition=Q(state__in=OPEN), name="sync_delivery_in_line"
            ),
            models.Index(fields=["state", "created_at"], name="sync_delivery_state"),
            models.Index(fields=["receiver", "created_at"], name="sync_delivery_watched"),
            models.Index(
                fields=["receiver", "confirmed_at"],
                condition=Q(state=State.CONFIRMED.value, read_back_at=None),
                name="sync_delivery_unread",
            ),
            models.Index(
                fields=["subject", "receiver"], condition=Q(type__startswith="consent."), name="sync_delivery_consent"
            ),
            models.Index(fields=["session"], condition=~Q(session=""), name="sync_delivery_session"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def told(self) -> DeliveryState:
        """The row as the rooms above see it; its receiver should be selected with it."""
        return DeliveryState(
            ref=self.ref,
            transport=self.receiver.transport,
            receiver=self.receiver.key,
            subject=self.subject,
            session=self.session,
            state=State(self.state),
            attempts=self.attempts,
            created_at=self.created_at,
            next_attempt_at=self.next_attempt_at,
            confirmed_at=self.confirmed_at,
            last_error=self.last_error,
            type=self.type,
            applied_at=self.applied_at,
            event_id=self.event_id,
            seq=self.seq,
            occurred_at=self.occurred_at,
            sent_at=self.sent_at,
            read_back_at=self.read_back_at,
        )
