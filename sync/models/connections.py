from django.db import models
from django.db.models import Q

from sync.models.deliveries import Receiver
from sync.types import ConnectionDraft, ConnectionState, Kind, Standing


class Connection(models.Model):
    """A connected system: where it is, what it is told, and why it may know. Its changes take this row's lock.

    Secrets are wrapped; while they are exchanged the one before signs as well, until `rotating_until`.
    """

    slug = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=[(each.value, each.value) for each in Kind])
    endpoint = models.CharField(max_length=2048, blank=True)
    secret = models.BinaryField(default=bytes)
    previous_secret = models.BinaryField(default=bytes)
    rotating_until = models.DateTimeField(null=True)
    event_types = models.JSONField(default=list)
    attributes = models.JSONField(default=list, blank=True)
    purpose = models.CharField(max_length=100, blank=True)
    freshness = models.PositiveIntegerField()
    cycle = models.PositiveIntegerField()
    owner_channel = models.CharField(max_length=32, blank=True)
    options = models.JSONField(default=dict, blank=True)
    standing = models.CharField(
        max_length=10, default=Standing.ACTIVE.value, choices=[(each.value, each.value) for each in Standing]
    )
    reason = models.CharField(max_length=40, blank=True)
    receiver = models.OneToOneField(Receiver, on_delete=models.PROTECT, related_name="connection")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    tested_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    verification = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[each.value for each in Kind]), name="sync_connection_kind"),
            models.CheckConstraint(
                condition=Q(standing__in=[each.value for each in Standing]), name="sync_connection_standing"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def draft(self) -> ConnectionDraft:
        """What is said about the system."""
        return ConnectionDraft(
            name=self.name,
            kind=Kind(self.kind),
            endpoint=self.endpoint,
            event_types=tuple(self.event_types),
            attributes=tuple(self.attributes),
            purpose=self.purpose,
            freshness=self.freshness,
            cycle=self.cycle,
            owner_channel=self.owner_channel,
            options=self.options,
        )

    @property
    def state(self) -> ConnectionState:
        """The row as the rooms above and the transports see it."""
        return ConnectionState(
            slug=self.slug,
            draft=self.draft,
            standing=Standing(self.standing),
            reason=self.reason,
            created_at=self.created_at,
            changed_at=self.changed_at,
            rotating_until=self.rotating_until,
            tested_at=self.tested_at,
            verified_at=self.verified_at,
            verification=self.verification,
        )
