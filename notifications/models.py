from datetime import datetime

from django.db import models
from django.db.models import Q

from kit.ids import new_id
from notifications.types import Medium


def new_ref() -> str:
    """A fresh name for a message; its ciphertexts are bound to it."""
    return new_id("msg_")


class MessageQuerySet(models.QuerySet["Message"]):
    """How the outbox is looked through."""

    def waiting(self) -> "MessageQuerySet":
        """Those neither sent nor given up."""
        return self.filter(sent_at__isnull=True, failed_at__isnull=True)

    def due(self, now: datetime) -> "MessageQuerySet":
        """Those that may be tried now, the longest waiting first."""
        return self.waiting().filter(next_attempt_at__lte=now).order_by("next_attempt_at", "id")

    def ended_before(self, instant: datetime) -> "MessageQuerySet":
        """Those that came to their end before `instant`."""
        return self.filter(Q(sent_at__lt=instant) | Q(failed_at__lt=instant))


class Message(models.Model):
    """One message of the outbox. Recipient and content are encrypted, because they carry addresses and codes.

    Both are wiped once the message has come to its end, except where the demo's outbox page shows them.
    """

    ref = models.CharField(max_length=40, unique=True, default=new_ref, editable=False)
    medium = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Medium])
    recipient = models.BinaryField(null=True)
    recipient_digest = models.CharField(max_length=64)
    content = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=40, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)  # of the request that wrote it

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(sent_at__isnull=True, failed_at__isnull=True),
                name="notifications_waiting",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(medium__in=[each.value for each in Medium]), name="notifications_message_medium_known"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(failed_at__isnull=True), name="notifications_message_one_end"
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, content__isnull=False)
                | Q(sent_at__isnull=False)
                | Q(failed_at__isnull=False),
                name="notifications_message_waiting_has_content",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def recipient_context(self) -> str:
        """What binds the encrypted recipient to this row."""
        return f"message:{self.ref}:recipient"

    @property
    def content_context(self) -> str:
        """What binds the encrypted content to this row."""
        return f"message:{self.ref}:content"
