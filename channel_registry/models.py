from django.db import models


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
