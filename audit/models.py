from django.db import models


class Event(models.Model):
    """One fact. Append-only in the database; `seal` alone is set later, once.

    Ids are opaque and there are no foreign keys: a fact outlives what it speaks of.
    """

    event_id = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=64, blank=True, db_index=True)
    seq = models.PositiveBigIntegerField(null=True)
    type = models.CharField(max_length=80, db_index=True)
    actor = models.CharField(max_length=120)
    client = models.CharField(max_length=255, blank=True)
    channel = models.CharField(max_length=64, blank=True)
    session = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=64, blank=True)
    journey = models.CharField(max_length=64, blank=True)
    trace_id = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_index=True)
    payload = models.JSONField(default=dict)
    personal = models.BinaryField(null=True)
    seal = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "seq"], name="audit_event_subject_seq", condition=models.Q(seq__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["id"], name="audit_event_unsealed", condition=models.Q(seal__isnull=True))]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class Pending(models.Model):
    """The outbox: one row per deliverable fact, written with it and deleted at fan-out."""

    subject = models.CharField(max_length=64)
    seq = models.PositiveBigIntegerField()
    event_id = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "seq"], name="audit_pending_subject_seq")]


class SubjectHead(models.Model):
    """The last sequence given out for a subject; its row lock is what makes `seq` the commit order."""

    subject = models.CharField(max_length=64, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)


class SubjectKey(models.Model):
    """The data key of one subject, wrapped under the key from the environment. Deleting it erases."""

    subject = models.CharField(max_length=64, primary_key=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()


class Seal(models.Model):
    """A signed link of the chain over the events it covers; `heads` holds the last seq per touched subject."""

    number = models.PositiveBigIntegerField(primary_key=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    events = models.PositiveIntegerField()
    heads = models.JSONField(default=dict)
    sealed_at = models.DateTimeField()
    key_id = models.CharField(max_length=64)
    signature = models.TextField()

    class Meta:
        ordering = ["number"]
