"""Tables of the journal. Rows of Event and Seal cannot be changed or deleted; the database itself refuses."""

from django.db import models

from audit.types import SealStatement


class Event(models.Model):
    """One fact. Append-only in the database; `seal` alone is set later, once.

    Ids are opaque and there are no foreign keys: a fact outlives what it speaks of. PostgreSQL partitions the
    table by month of `recorded_at`, and holds the two unique constraints within each partition (decision 0002).
    """

    event_id = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=64, blank=True)
    seq = models.PositiveBigIntegerField(null=True)
    type = models.CharField(max_length=80)
    actor = models.CharField(max_length=300)
    client = models.CharField(max_length=255, blank=True)
    channel = models.CharField(max_length=64, blank=True)
    session = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=255, blank=True)
    journey = models.CharField(max_length=64, blank=True)
    trace_id = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    payload = models.JSONField(default=dict)
    personal = models.BinaryField(null=True)
    seal = models.PositiveBigIntegerField(null=True, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "seq"], name="audit_event_subject_seq", condition=models.Q(seq__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["seal", "id"], name="audit_event_seal"),  # one seal's events; what is not yet sealed
            models.Index(fields=["subject", "id"], name="audit_event_subject"),
            models.Index(fields=["session"], name="audit_event_session", condition=~models.Q(session="")),
            models.Index(fields=["trace_id"], name="audit_event_trace"),
        ]

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
    """The data key of one subject, wrapped under the key from the environment.

    Erasing removes the key and leaves the row, so that no new key is ever made for an erased subject.
    """

    subject = models.CharField(max_length=64, primary_key=True)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="audit_subjectkey_erased_or_kept",
                condition=models.Q(wrapped__isnull=False, erased_at__isnull=True)
                | models.Q(wrapped__isnull=True, erased_at__isnull=False),
            )
        ]


class Seal(models.Model):
    """A signed link of the chain over the events it covers. Append-only.

    `contents` is the digest over the canonical bytes of its events in id order, `heads` the last `seq` of each
    subject they touch, `digest` commits to everything a seal says and to the digest before it. `fingerprints`
    (id and eight bytes of hash per event) only names the row when `contents` does not match; it proves nothing.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    contents = models.CharField(max_length=64)
    events = models.PositiveIntegerField()
    heads = models.JSONField(default=dict)
    fingerprints = models.BinaryField()
    sealed_at = models.DateTimeField()
    public_key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"seal {self.number}"

    @property
    def statement(self) -> SealStatement:
        """What it says and its digest commits to."""
        return SealStatement(
            number=self.number,
            previous=self.previous,
            contents=self.contents,
            events=self.events,
            heads=self.heads,
            sealed_at=self.sealed_at,
            public_key=self.public_key,
        )
