from django.db import models
from django.db.models import Q

from assurance.types import Health
from sync.types import Effect, TransmitterDraft, TransmitterState


class Transmitter(models.Model):
    """Somebody whose signals are heard. What is said of it stands in `draft`; `issuer` finds it.

    `health` is its fuse, like this since `since`; signals are counted from `counted_from` on.
    """

    slug = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=100)
    issuer = models.CharField(max_length=2048, unique=True)
    audience = models.CharField(max_length=2048, blank=True)
    jwks_uri = models.CharField(max_length=2048, blank=True)
    jwks = models.JSONField(default=dict, blank=True)
    provider = models.CharField(max_length=64, blank=True)
    by_email = models.BooleanField(default=False)
    may = models.JSONField(default=list, blank=True)
    risk = models.CharField(max_length=32)
    enabled = models.BooleanField(default=True)
    freshness = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField(default=1000)
    health = models.CharField(
        max_length=10, default=Health.OK.value, choices=[(each.value, each.value) for each in Health]
    )
    reason = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    counted_from = models.DateTimeField()
    good_until = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(health__in=[each.value for each in Health]), name="sync_transmitter_health_known"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def state(self) -> TransmitterState:
        """The row as the rooms above see it."""
        return TransmitterState(
            slug=self.slug,
            draft=TransmitterDraft(
                name=self.name,
                issuer=self.issuer,
                audience=self.audience,
                jwks_uri=self.jwks_uri,
                jwks=self.jwks,
                provider=self.provider,
                by_email=self.by_email,
                may=tuple(Effect(each) for each in self.may),
                risk=self.risk,
                enabled=self.enabled,
                freshness=self.freshness,
                most=self.most,
            ),
            received_at=self.received_at,
            verified_at=self.verified_at,
            health=Health(self.health),
            reason=self.reason,
            since=self.since,
            good_until=self.good_until,
        )


class HeardToken(models.Model):
    """That a security event token was heard: it counts once. Its `jti` is kept as a digest."""

    transmitter = models.ForeignKey(Transmitter, on_delete=models.CASCADE, related_name="heard")
    jti = models.CharField(max_length=64)
    heard_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transmitter", "jti"], name="sync_heard_once")]
        indexes = [
            models.Index(fields=["heard_at"], name="sync_heard_at"),
            models.Index(fields=["transmitter", "heard_at"], name="sync_heard_of_whom"),
        ]

    def __str__(self) -> str:
        return f"{self.transmitter_id}: {self.jti}"
