from datetime import datetime

from django.db import models
from django.db.models import F, Q

from delegation.types import ActorType


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Which delegations still count."""

    def live(self, now: datetime) -> "DelegationQuerySet":
        """Those that nobody has ended and whose time is not over."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)

    def ended_before(self, instant: datetime) -> "DelegationQuerySet":
        """Those that somebody or time ended before `instant`."""
        return self.filter(Q(revoked_at__lt=instant) | Q(expires_at__lt=instant))


class Delegation(models.Model):
    """The right of `actor` to act for `subject` by way of one client, until it is revoked or expires.

    A staff member's is bound to the assisted session `sid` and ends with it, and with `actor_sid`, the session in which
    the staff member was when it began. `scopes` is the ceiling of every token. `purpose` is the consent it rests on, at
    `channel`, and ends with; empty rests on none, as what staff are asked to do for her.
    Whatever changes a row holds its lock; the lock of its session is taken first.
    """

    id = models.CharField(max_length=40, primary_key=True)
    subject = models.CharField(max_length=64)
    actor_type = models.CharField(max_length=16, choices=[(each.value, each.value) for each in ActorType])
    actor = models.CharField(max_length=64)
    client_id = models.CharField(max_length=255)
    sid = models.CharField(max_length=40, blank=True)
    actor_sid = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=40)
    purpose = models.CharField(max_length=64, blank=True)
    channel = models.CharField(max_length=32, blank=True)
    scopes = models.TextField(blank=True, help_text="Space separated: the most a token may say")
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=64, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(actor_type__in=[each.value for each in ActorType]),
                name="delegation_delegation_actor_type_known",
            ),
            models.CheckConstraint(condition=~Q(actor=F("subject")), name="delegation_delegation_never_for_oneself"),
            models.CheckConstraint(
                condition=~Q(actor_type=ActorType.STAFF.value) | ~Q(sid=""),
                name="delegation_delegation_staff_in_a_session",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("begun_at")), name="delegation_delegation_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="delegation_delegation_revoked_with_reason",
            ),
            models.UniqueConstraint(fields=["sid"], condition=~Q(sid=""), name="delegation_delegation_one_a_session"),
        ]
        indexes = [
            models.Index(
                fields=["subject"], condition=Q(revoked_at__isnull=True), name="delegation_delegation_subject"
            ),
            models.Index(
                fields=["subject"],
                condition=Q(revoked_at__isnull=True) & ~Q(purpose=""),
                name="delegation_delegation_resting",
            ),
            models.Index(fields=["actor", "begun_at"], name="delegation_delegation_actor"),
            models.Index(
                fields=["expires_at"], condition=Q(revoked_at__isnull=True), name="delegation_delegation_running"
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def facts(self) -> dict[str, str]:
        """What every line of the journal about it says."""
        return {"delegation": self.id, "actor_type": self.actor_type, "actor": f"account:{self.actor}"}
