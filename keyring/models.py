from django.db import models
from django.db.models import Q

from keyring.types import ALG, KeyStatus


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    """The ring by status."""

    def published(self) -> "SigningKeyQuerySet":
        """Keys that verify: next, active and retired, oldest first."""
        return self.filter(removed_at__isnull=True).order_by("created_at", "kid")

    def waiting(self) -> "SigningKeyQuerySet":
        """The next key, if there is one."""
        return self.filter(activated_at__isnull=True, removed_at__isnull=True)

    def active(self) -> "SigningKeyQuerySet":
        """The key that signs."""
        return self.filter(activated_at__isnull=False, retired_at__isnull=True)

    def retired(self) -> "SigningKeyQuerySet":
        """Keys that only verify."""
        return self.filter(retired_at__isnull=False, removed_at__isnull=True)


class SigningKey(models.Model):
    """A key pair in the ring; `kid` is its RFC 7638 thumbprint.

    `wrapped_private` is encrypted under KEY_ENCRYPTION_KEY and deleted when the key retires: nothing may sign
    with it again.
    """

    kid = models.CharField(max_length=43, primary_key=True)
    alg = models.CharField(max_length=16, default=ALG)
    public_jwk = models.JSONField()
    wrapped_private = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "kid"]
        constraints = [
            models.UniqueConstraint(
                fields=["alg"],
                condition=Q(activated_at__isnull=False, retired_at__isnull=True),
                name="keyring_one_active_key",
            ),
            models.UniqueConstraint(
                fields=["alg"],
                condition=Q(activated_at__isnull=True, removed_at__isnull=True),
                name="keyring_one_next_key",
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(activated_at__isnull=False),
                name="keyring_retired_after_active",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(retired_at__isnull=False),
                name="keyring_removed_after_retired",
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True, wrapped_private__isnull=False)
                | Q(retired_at__isnull=False, wrapped_private__isnull=True),
                name="keyring_private_until_retired",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kid} ({self.status})"

    @property
    def status(self) -> KeyStatus:
        """Where the key stands, from the last timestamp that was set."""
        if self.removed_at is not None:
            return KeyStatus.REMOVED
        if self.retired_at is not None:
            return KeyStatus.RETIRED
        return KeyStatus.ACTIVE if self.activated_at is not None else KeyStatus.NEXT
