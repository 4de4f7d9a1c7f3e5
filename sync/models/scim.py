from django.db import models
from django.db.models import Q

from kit.ids import new_id
from sync.models.feeds import Feed


def new_scim_id() -> str:
    """A fresh id of a User."""
    return new_id("scu_")


class ScimUser(models.Model):
    """A person as a system keeps it that speaks SCIM: its own words, of which its feed takes what counts.

    `key` is what its record is called, from its first day on. `number` is its version; `sequence` orders what its feed
    was told of it. Nothing is in `document` that the feed does not take. It goes when its person is erased.
    """

    ref = models.CharField(max_length=40, unique=True, default=new_scim_id, editable=False)
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="scim_users")
    key = models.CharField(max_length=200)
    external_id = models.CharField(max_length=200, blank=True)
    name_digest = models.CharField(max_length=64)
    document = models.JSONField()
    number = models.PositiveBigIntegerField(default=1)
    sequence = models.BigIntegerField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["feed", "key"], name="sync_scim_user_key_once"),
            models.UniqueConstraint(fields=["feed", "name_digest"], name="sync_scim_user_name_once"),
            models.UniqueConstraint(
                fields=["feed", "external_id"], condition=~Q(external_id=""), name="sync_scim_user_external_id_once"
            ),
        ]

    def __str__(self) -> str:
        return self.ref
