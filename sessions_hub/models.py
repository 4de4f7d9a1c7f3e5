from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from sessions_hub.types import SubjectType, Via


class Device(models.Model):
    """A browser or app installation that comes back with the secret it was given; stored as a digest only."""

    id = models.CharField(max_length=40, primary_key=True)
    secret_digest = models.CharField(max_length=64, unique=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()


class SessionQuerySet(models.QuerySet["Session"]):
    """Which sessions still count."""

    def unrevoked(self) -> "SessionQuerySet":
        """Those that nobody has ended; time may have."""
        return self.filter(revoked_at__isnull=True, promoted_to="")

    def live(self, now: datetime) -> "SessionQuerySet":
        """Those that count at `now`, idleness aside: that differs by row and is judged by `rules.is_over`."""
        usable = Q(account__isnull=True) | Q(account__status="active")
        return self.unrevoked().filter(usable, expires_at__gt=now)

    def ended_before(self, instant: datetime) -> "SessionQuerySet":
        """Those that somebody or time ended before `instant`."""
        return self.filter(Q(revoked_at__lt=instant) | Q(expires_at__lt=instant))


class Session(models.Model):
    """One subject on one device and channel. `sid` and `root` never change.

    `evidence` is a list of {"method", "at"}, and "provider" for one upstream, that only this room's deeds touch, under
    the lock of this row.
    A session of an anonymous device names it as its subject until somebody signs in; then `promoted_to` holds
    the `sid` of that person's session, for good.
    """

    sid = models.CharField(max_length=40, unique=True)
    root = models.CharField(max_length=40, db_index=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    subject_type = models.CharField(max_length=16)
    subject = models.CharField(max_length=64)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="sessions")
    channel = models.ForeignKey("channel_registry.Channel", on_delete=models.PROTECT, related_name="+")
    evidence = models.JSONField(default=list, blank=True)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    lowered_at = models.DateTimeField(null=True, blank=True)
    idle_seconds = models.PositiveIntegerField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=64, blank=True)
    promoted_to = models.CharField(max_length=40, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    address_label = models.CharField(max_length=64, blank=True)
    place = models.CharField(max_length=120, blank=True)
    via = models.CharField(max_length=16, default=Via.SIGN_IN.value)
    opened_by = models.CharField(max_length=255, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(subject_type=SubjectType.ACCOUNT.value, account__isnull=False)
                | Q(subject_type=SubjectType.DEVICE.value, account__isnull=True),
                name="sessions_hub_session_subject_fits",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_reason="")),
                name="sessions_hub_session_revoked_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(promoted_to="") | Q(subject_type=SubjectType.DEVICE.value),
                name="sessions_hub_session_promoted_device_only",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("started_at")), name="sessions_hub_session_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["device", "channel"],
                condition=Q(subject_type=SubjectType.DEVICE.value, revoked_at__isnull=True, promoted_to=""),
                name="sessions_hub_session_one_anonymous",
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], condition=Q(revoked_at__isnull=True), name="sessions_hub_session_open"),
        ]

    def __str__(self) -> str:
        return self.sid

    @property
    def idle(self) -> timedelta:
        """How long the session may go unseen."""
        return timedelta(seconds=self.idle_seconds)


class Participation(models.Model):
    """A client that has received something in a session: it may ask about it and is told when it ends."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="participations")
    client_id = models.CharField(max_length=255)
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["-noted_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["session", "client_id"], name="sessions_hub_participation_once")]

    def __str__(self) -> str:
        return self.client_id


class Handoff(models.Model):
    """A ticket that carries a session to another channel or device, once; only its digest is stored.

    `session` is whose evidence it carries, `client_id` the one client that may redeem it (empty: the gateway's own
    pages), `device` and `network` where it must be redeemed, as far as there is such a place. Redeeming and refusing
    meet at the lock of this row, redeeming and the session's own end at the session's.
    """

    digest = models.CharField(max_length=64, unique=True)
    via = models.CharField(max_length=16)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="handoffs")
    channel = models.ForeignKey("channel_registry.Channel", on_delete=models.PROTECT, related_name="+")
    client_id = models.CharField(max_length=255, blank=True)
    offered_by = models.CharField(max_length=255, blank=True)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, null=True, related_name="+")
    network = models.CharField(max_length=64, blank=True)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    redeemed_at = models.DateTimeField(null=True)
    child_sid = models.CharField(max_length=40, blank=True)
    refusals = models.PositiveSmallIntegerField(default=0)
    alerted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("offered_at")), name="sessions_hub_handoff_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DeviceSecret(models.Model):
    """What an app keeps so that its vendor's other apps on the same device are in too (OpenID Native SSO 1.0).

    Only its digest is stored. It dies with its session.
    """

    digest = models.CharField(max_length=64, unique=True)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="device_secrets")
    client_id = models.CharField(max_length=255)
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "client_id"], name="sessions_hub_devicesecret_one_per_client")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Reliance(models.Model):
    """A provider upstream that the evidence of a session names: found by it when the provider is switched off."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="reliances")
    provider = models.CharField(max_length=40, db_index=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["session", "provider"], name="sessions_hub_reliance_once")]

    def __str__(self) -> str:
        return self.provider
