from django.db import models
from django.db.models import Q

from kit.ids import new_id
from sync.models.connections import Connection
from sync.types import Expected, IncidentState, RoundKind, RoundState, Trouble


def new_incident() -> str:
    """A fresh name for an incident."""
    return new_id("inc_")


class Copy(models.Model):
    """What a connected system should hold of one subject, and how it differed when it was last read back.

    Digests and codes, nothing personal. It is made from confirmed deliveries when a round begins; `drift` is what was
    wrong at the last look, since when, and how often the state was sent again because of it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="copies")
    subject = models.CharField(max_length=64)
    seq = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    granted = models.JSONField(default=list, blank=True)
    drift = models.CharField(max_length=20, blank=True)
    drifted_at = models.DateTimeField(null=True)
    repairs = models.PositiveIntegerField(default=0)
    repaired_at = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["connection", "subject"]
        constraints = [models.UniqueConstraint(fields=["connection", "subject"], name="sync_copy_once")]
        indexes = [models.Index(fields=["connection", "drift"], condition=~Q(drift=""), name="sync_copy_drifted")]

    def __str__(self) -> str:
        return f"{self.connection_id}:{self.subject}"

    @property
    def expected(self) -> Expected:
        """What the system should hold."""
        return Expected(seq=self.seq, digest=self.digest, granted=frozenset(self.granted))


class Canary(models.Model):
    """A customer who does not exist, one for each connected system that can be read back: she refuses everything.

    `songs` counts what it was told of her.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="canary")
    subject = models.CharField(max_length=64, unique=True)
    written_at = models.DateTimeField()
    songs = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.subject


class Round(models.Model):
    """One look at a connected system. While it is open nobody else looks, until `until`."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="rounds")
    kind = models.CharField(max_length=10, choices=[(each.value, each.value) for each in RoundKind])
    begun_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    heartbeat = models.CharField(max_length=40, null=True)  # noqa: DJ001  NULL: there is none, "": it arrived
    reading = models.CharField(max_length=40, null=True)  # noqa: DJ001  as above
    compared = models.PositiveIntegerField(default=0)
    apart = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    cursor = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-begun_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["connection"], condition=Q(ended_at=None), name="sync_round_one_at_a_time")
        ]
        indexes = [models.Index(fields=["connection", "begun_at"], name="sync_round_begun")]

    def __str__(self) -> str:
        return f"{self.connection_id}:{self.begun_at}"

    @property
    def state(self) -> RoundState:
        """The row as the rooms above see it."""
        return RoundState(
            kind=RoundKind(self.kind),
            begun_at=self.begun_at,
            ended_at=self.ended_at,
            heartbeat=self.heartbeat,
            reading=self.reading,
            compared=self.compared,
            apart=self.apart,
            repaired=self.repaired,
        )


class Incident(models.Model):
    """What is wrong with a connected system, from the round that found it to the one that finds it gone."""

    ref = models.CharField(max_length=40, unique=True, default=new_incident, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="incidents")
    trouble = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Trouble])
    code = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    subjects = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField(default=0)
    examples = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "trouble"], condition=Q(closed_at=None), name="sync_incident_once"
            ),
            models.CheckConstraint(
                condition=Q(trouble__in=[each.value for each in Trouble]), name="sync_incident_trouble"
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def state(self) -> IncidentState:
        """The row as the rooms above see it; its connection should be selected with it."""
        return IncidentState(
            ref=self.ref,
            connection=self.connection.slug,
            trouble=Trouble(self.trouble),
            code=self.code,
            opened_at=self.opened_at,
            seen_at=self.seen_at,
            closed_at=self.closed_at,
            subjects=self.subjects,
            most=self.most,
            examples=tuple(self.examples),
        )
