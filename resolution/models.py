from typing import Any, cast

from django.db import models
from django.db.models import Q

from accounts.types import IdentifierLevel
from kit.ids import new_id
from resolution.types import Basis, Claim, RecordState, Ruling, Value


def new_ref() -> str:
    """A fresh name for a record."""
    return new_id("rec_")


class SourceRecord(models.Model):
    """One record of another system, as that system keeps it. Every change of it takes this row's lock.

    It is looked up by `digest`, of source and external id: of an erased person that is all that stays, so that she does
    not come back with the next delivery. `subject` is set once, by a source that is trusted to say whose it is, in
    the batch `linked_in`; taken back with that, `unlinked_from` says whose it was.
    """

    ref = models.CharField(max_length=40, unique=True, default=new_ref, editable=False)
    source = models.CharField(max_length=32)
    digest = models.CharField(max_length=64, unique=True)
    external_id = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=64, blank=True)
    basis = models.CharField(max_length=16, blank=True)
    linked_at = models.DateTimeField(null=True)
    linked_in = models.CharField(max_length=40, blank=True)
    unlinked_from = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(subject="", linked_at=None) & (Q(basis="") | ~Q(unlinked_from="")))
                | Q(~Q(subject=""), basis__in=[each.value for each in Basis], linked_at__isnull=False),
                name="resolution_record_linked_by_something",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(external_id="", subject="", unlinked_from=""),
                name="resolution_record_erased_is_empty",
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], condition=~Q(subject=""), name="resolution_record_subject"),
            models.Index(fields=["source", "id"], name="resolution_record_source"),
            models.Index(fields=["linked_in"], condition=~Q(linked_in=""), name="resolution_record_linked_in"),
            models.Index(fields=["unlinked_from"], condition=~Q(unlinked_from=""), name="resolution_record_unlinked"),
        ]

    def __str__(self) -> str:
        return self.ref

    def told(self, current: dict[str, Any], sequence: int) -> RecordState:
        """The row as the rooms above see it."""
        return RecordState(
            record=self.ref,
            source=self.source,
            external_id=self.external_id,
            subject=self.subject,
            basis=self.basis,
            linked_at=self.linked_at,
            sequence=sequence,
            received_at=self.received_at,
            current=current,
        )


class VersionQuerySet(models.QuerySet["Version"]):
    """How what records say is looked through."""

    def standing(self) -> "VersionQuerySet":
        """Those that were not taken back."""
        return self.filter(taken_back_at=None)

    def current(self) -> "VersionQuerySet":
        """Those that count now, also the ones that say that there is no value."""
        return self.filter(is_current=True)


class Version(models.Model):
    """What a record said of one attribute at one sequence. What is newer stands beside it, and nothing is overwritten.

    `is_current` marks the highest sequence that was not taken back. `value` None says that there is none. `batch` is
    the delivery it came in, opaque here.
    """

    record = models.ForeignKey(SourceRecord, on_delete=models.PROTECT, related_name="versions")
    attribute = models.CharField(max_length=40)
    value = models.JSONField(null=True)
    level = models.PositiveSmallIntegerField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    sequence = models.BigIntegerField()
    batch = models.CharField(max_length=40)
    is_current = models.BooleanField()
    taken_back_at = models.DateTimeField(null=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "attribute", "sequence"],
                condition=Q(taken_back_at=None),
                name="resolution_version_sequence_once",
            ),
            models.UniqueConstraint(
                fields=["record", "attribute"], condition=Q(is_current=True), name="resolution_version_one_current"
            ),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(taken_back_at=None), name="resolution_version_current_stands"
            ),
            models.CheckConstraint(
                condition=Q(level__in=[each.value for each in IdentifierLevel]), name="resolution_version_level_known"
            ),
        ]
        indexes = [models.Index(fields=["batch"], name="resolution_version_batch")]

    def claim(self, *, source: str, record: str, completeness: int) -> Claim:
        """What it says, as `survive` takes it."""
        return Claim(
            attribute=self.attribute,
            value=cast(Value, self.value),
            source=source,
            record=record,
            level=IdentifierLevel(self.level),
            occurred_at=self.occurred_at,
            received_at=self.received_at,
            sequence=self.sequence,
            completeness=completeness,
            batch=self.batch,
        )


class Conflict(models.Model):
    """Sources disagree about an attribute of a customer in one use: who is believed, whom that overrules, and why.

    It stands until they agree; `ranking` names the version of the ranking that it was ruled by.
    """

    subject = models.CharField(max_length=64)
    attribute = models.CharField(max_length=40)
    use = models.CharField(max_length=16)
    ruling = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Ruling])
    winner = models.CharField(max_length=32)
    losers = models.JSONField(default=list)
    ranking = models.CharField(max_length=64, blank=True)
    ruled_at = models.DateTimeField()

    class Meta:
        ordering = ["-ruled_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "attribute", "use"], name="resolution_conflict_once"),
        ]
        indexes = [models.Index(fields=["ranking", "subject"], name="resolution_conflict_ranking")]

    def __str__(self) -> str:
        return f"{self.attribute} for {self.use}"
