from django.db import models
from django.db.models import Q

from assurance.types import Brings, Health, RiskKind


class SubjectProfile(models.Model):
    """What is known of how a subject usually comes: counts of coded values, nothing that names a person.

    `features` maps a feature to its values' counts over `sessions` sessions; `changed` a kind of authenticator or
    identifier to when it last changed; `failures` lists recent wrong answers as {"at", "network"}; `seen` is where the
    last sign-in was, as {"at", "latitude", "longitude"} in degrees, no finer than a city. Learned under this row's
    lock; gone with the account.
    """

    subject = models.CharField(max_length=64, primary_key=True)
    sessions = models.PositiveIntegerField(default=0)
    features = models.JSONField(default=dict)
    changed = models.JSONField(default=dict)
    failures = models.JSONField(default=list)
    seen = models.JSONField(default=dict)
    updated_at = models.DateTimeField(db_index=True)


class Population(models.Model):
    """How everybody comes: one snapshot of counts, made by the clock from the profiles. The newest is used."""

    version = models.CharField(max_length=20, unique=True)
    sessions = models.PositiveBigIntegerField()
    features = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at"]
        get_latest_by = "made_at"


class Weight(models.Model):
    """What one class of a signal's values weighs, in bits, estimated anew from outcomes; without a row the default."""

    signal = models.CharField(max_length=40)
    value_class = models.CharField(max_length=40)
    bits = models.FloatField()
    m = models.FloatField()
    u = models.FloatField()
    labels = models.PositiveIntegerField()
    model = models.CharField(max_length=20)
    estimated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["signal", "value_class"], name="assurance_weight_once")]


class Ceiling(models.Model):
    """The most that may be reported, once outcomes say so; without a row the default holds."""

    name = models.CharField(max_length=20, primary_key=True)
    ceiling = models.FloatField()
    labels = models.PositiveIntegerField()
    errors = models.PositiveIntegerField()
    estimated_at = models.DateTimeField()


class RiskFlag(models.Model):
    """A standing risk: it weighs in full, however old, until somebody clears it."""

    flag_id = models.CharField(max_length=40, unique=True)
    profile = models.ForeignKey(SubjectProfile, on_delete=models.CASCADE, db_column="subject", related_name="flags")
    kind = models.CharField(max_length=32, choices=[(each.value, each.value) for each in RiskKind])
    source = models.CharField(max_length=255)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "kind"], condition=Q(cleared_at=None), name="assurance_risk_stands_once"
            )
        ]


class FeedState(models.Model):
    """The fuse of one inbound feed, written from above; a feed without a row is well."""

    feed = models.CharField(max_length=64, primary_key=True)
    health = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Health])
    reason = models.CharField(max_length=200, blank=True)
    fresh_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    brings = models.CharField(max_length=12, blank=True, choices=[(each.value, each.value) for each in Brings])


class FeedPoisoning(models.Model):
    """A stretch of time in which a feed brought wrong data: from its last good watermark until its fuse went.

    Decisions made in it that rest on the feed are flagged: see `queries.list_poisoned`.
    """

    feed = models.CharField(max_length=64, db_index=True)
    brings = models.CharField(max_length=12, blank=True, choices=[(each.value, each.value) for each in Brings])
    good_until = models.DateTimeField()
    found_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(good_until__lte=models.F("found_at")), name="assurance_poisoning_has_a_length"
            )
        ]


class Label(models.Model):
    """What came of a decision, as its channel reported it: the first report of each kind stands."""

    decision_id = models.CharField(max_length=40)
    subject = models.CharField(max_length=64, db_index=True)
    outcome = models.CharField(max_length=16)
    client_id = models.CharField(max_length=255)
    confidence = models.FloatField()
    reported_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision_id", "outcome"], name="assurance_label_once")]


class StepUp(models.Model):
    """A customer on the way to a higher level in her own app: what is wanted, and what she was asked.

    `journey` is that of the decision that asked for it. `code_digest` and `challenge` are good for one answer each.
    `client_id` is the app that began it; no other goes on.
    """

    public_id = models.CharField(max_length=40, unique=True)
    subject = models.CharField(max_length=64, db_index=True)
    sid = models.CharField(max_length=40)
    client_id = models.CharField(max_length=255)
    acr_values = models.CharField(max_length=200, blank=True)
    max_age = models.PositiveIntegerField(null=True)
    decision_id = models.CharField(max_length=40, blank=True)
    journey = models.CharField(max_length=255, blank=True)
    code_digest = models.CharField(max_length=64, blank=True)
    codes_sent = models.PositiveSmallIntegerField(default=0)
    challenge = models.JSONField(default=dict)
    wrong_answers = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    done_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
