from django.db import models
from django.db.models import Q

from channel_registry.types import OPEN_STATES, DraftState


class Channel(models.Model):
    """A family of touch points that owns clients: web, mobile, chat, contact_center, in_store, agent."""

    slug = models.SlugField("short name", max_length=32, primary_key=True)
    name = models.CharField(max_length=100)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(slug="") & ~models.Q(name=""), name="channel_named"),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """One version of a channel's policy, complete and canonical. Append-only in the database."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="policy_versions")
    number = models.PositiveIntegerField(editable=False)
    body = models.JSONField()
    digest = models.CharField(max_length=64, editable=False)
    author = models.CharField(max_length=120, editable=False)
    approver = models.CharField(max_length=120, editable=False, blank=True)
    note = models.CharField(max_length=300, editable=False, blank=True)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["channel", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "number"], name="channel_policy_number"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="channel_policy_number_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} policy {self.number}"


class LivePolicy(models.Model):
    """Which version is in force on a channel; a channel without a row has the default policy."""

    channel = models.OneToOneField(Channel, on_delete=models.PROTECT, primary_key=True, related_name="live")
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    publisher = models.CharField(max_length=120)

    def __str__(self) -> str:
        return str(self.version)


class SourceVersion(models.Model):
    """One version of the ranking of the sources of truth; the newest is in force. Append-only in the database."""

    number = models.PositiveIntegerField(unique=True, editable=False)
    body = models.JSONField()
    digest = models.CharField(max_length=64, editable=False)
    author = models.CharField(max_length=120, editable=False)
    approver = models.CharField(max_length=120, editable=False, blank=True)
    note = models.CharField(max_length=300, editable=False, blank=True)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [models.CheckConstraint(condition=Q(number__gte=1), name="source_number_from_1")]

    def __str__(self) -> str:
        return f"sources {self.number}"


class PolicyDraft(models.Model):
    """A change of a channel's policy on its way into force: written, proposed, decided by somebody else.

    Without a channel it is a change of the ranking of the sources of truth.

    `base` is the digest of the version it was written on, empty for the default policy; `simulation` what it would
    have changed of recorded decisions, as the judge's room found it.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="drafts", null=True)
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    base = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, default=DraftState.DRAFT.value)
    note = models.CharField(max_length=300, blank=True)
    simulation = models.JSONField(null=True)
    author = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in DraftState]), name="draft_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in OPEN_STATES], decided_at=None)
                | Q(~Q(state__in=[each.value for each in OPEN_STATES]), decided_at__isnull=False),
                name="draft_decided_at_an_instant",
            ),
            models.CheckConstraint(
                condition=~Q(state=DraftState.APPROVED.value) | ~Q(decided_by=models.F("author")),
                name="draft_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id or 'sources'} change {self.pk}"
