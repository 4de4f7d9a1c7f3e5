"""Tables of the register. Rows of ConsentEvent and Notice texts cannot be changed or deleted; the database refuses."""

from django.db import models
from django.db.models import Q

from consent.types import Action, LegalBasis, LinkKind, MandateKind, PartyKind, ProcessorKind, Regime, Tier


def _one_of(name: str, words: type) -> Q:
    return Q(**{f"{name}__in": [each.value for each in words]})  # type: ignore[attr-defined]  # enums


class Purpose(models.Model):
    """What data is used for, on which ground, and what permitting it takes. `version` counts its changes."""

    id = models.CharField(max_length=64, primary_key=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    legal_basis = models.CharField(max_length=24)
    regime = models.CharField(max_length=8)
    min_evidence = models.PositiveSmallIntegerField(default=Tier.UNVERIFIED.value)
    ttl_seconds = models.PositiveBigIntegerField(null=True, blank=True)
    gpc_applies = models.BooleanField(default=False)
    notice = models.CharField(max_length=64, blank=True)
    notice_min = models.PositiveIntegerField(default=0)
    minor_age = models.PositiveSmallIntegerField(null=True, blank=True)
    sensitive = models.BooleanField(default=False)
    agent_allowed = models.BooleanField(default=False)
    needs = models.JSONField(default=list, blank=True)
    categories = models.JSONField(default=list, blank=True)
    texts = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=_one_of("legal_basis", LegalBasis), name="consent_purpose_basis_known"),
            models.CheckConstraint(condition=_one_of("regime", Regime), name="consent_purpose_regime_known"),
            models.CheckConstraint(condition=Q(min_evidence__lte=Tier.VERIFIED.value), name="consent_purpose_tier"),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="consent_purpose_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.id


class Notice(models.Model):
    """One version of what customers are told, in one language. Append-only, but for its retirement, once."""

    notice = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=16)
    jurisdiction = models.CharField(max_length=16, blank=True)
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    material = models.BooleanField(default=True)
    purposes = models.JSONField(default=list)
    published_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["notice", "-version", "language"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "version", "language"], name="consent_notice_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="consent_notice_version_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.notice} {self.version} {self.language}"


class Processor(models.Model):
    """Who works with the data besides the house itself: a vendor, an AI tool, an AI agent."""

    id = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=_one_of("kind", ProcessorKind), name="consent_processor_kind_known")
        ]

    def __str__(self) -> str:
        return self.title or self.id


class Mandate(models.Model):
    """Somebody's right to choose for a party, as proxy or guardian, for some purposes or (none named) for all."""

    id = models.CharField(max_length=40, primary_key=True)
    party = models.CharField(max_length=64, db_index=True)
    holder = models.CharField(max_length=120)
    kind = models.CharField(max_length=16)
    purposes = models.JSONField(default=list, blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    given_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-given_at", "id"]
        constraints = [
            models.CheckConstraint(condition=_one_of("kind", MandateKind), name="consent_mandate_kind_known"),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=models.F("given_at")),
                name="consent_mandate_ends_after_start",
            ),
            models.CheckConstraint(condition=~Q(holder=models.F("party")), name="consent_mandate_for_another"),
        ]

    def __str__(self) -> str:
        return self.id


class ConsentEvent(models.Model):
    """One choice, for ever. Append-only in the database; no foreign keys: it outlives what it speaks of.

    `seq` is that of its line in the journal (`journal_id`), where its personal values are, under the party's key.
    `hash` is the digest over everything it says and `previous`, the hash of the event of its party before it.
    `fingerprint` is that of the choice as it came: the same id with another one is refused.
    """

    id = models.CharField(max_length=40, primary_key=True)
    event_id = models.CharField(max_length=120)
    recorder = models.CharField(max_length=400)
    fingerprint = models.CharField(max_length=64)
    party = models.CharField(max_length=64)
    kind = models.CharField(max_length=8)
    purpose = models.CharField(max_length=64)
    action = models.CharField(max_length=12)
    channel = models.CharField(max_length=32, blank=True)
    processor = models.CharField(max_length=64, blank=True)
    category = models.CharField(max_length=64, blank=True)
    listed = models.JSONField(default=list)
    tier = models.PositiveSmallIntegerField()
    actor = models.CharField(max_length=300)
    mandate = models.CharField(max_length=40, blank=True)
    mandate_until = models.DateTimeField(null=True)
    minor = models.BooleanField(default=False)
    acr = models.CharField(max_length=64, blank=True)
    amr = models.JSONField(default=list)
    confidence = models.FloatField(null=True)
    sid = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=64, blank=True)
    signal = models.BooleanField(default=False)
    acknowledged = models.BooleanField(default=False)
    refers_to = models.CharField(max_length=40, blank=True)
    notice = models.CharField(max_length=64, blank=True)
    notice_version = models.PositiveIntegerField(default=0)
    notice_language = models.CharField(max_length=16, blank=True)
    notice_sha256 = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    seq = models.PositiveBigIntegerField()
    copied_from = models.CharField(max_length=40, blank=True)
    journal_id = models.CharField(max_length=40)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["party", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["party", "seq"], name="consent_event_party_seq"),
            models.UniqueConstraint(fields=["recorder", "event_id"], name="consent_event_once"),
            models.CheckConstraint(condition=_one_of("action", Action), name="consent_event_action_known"),
            models.CheckConstraint(condition=_one_of("kind", PartyKind), name="consent_event_kind_known"),
            models.CheckConstraint(condition=Q(tier__lte=Tier.VERIFIED.value), name="consent_event_tier"),
        ]

    def __str__(self) -> str:
        return self.id


class EffectiveState(models.Model):
    """What holds for one party and purpose by the party's own events, written in the transaction of the newest.

    `ground` are the events that can still matter, in the form of `rules.write_ground`: every question is judged from
    there, with the purposes and the time of the question. The rest says how that came out at `judged_at`, for lists
    and evidence. All of it follows from the events alone: see `manage.py consent_rebuild`.
    """

    party = models.CharField(max_length=64)
    purpose = models.CharField(max_length=64)
    seq = models.PositiveBigIntegerField()
    ground = models.TextField()
    purpose_version = models.PositiveIntegerField()
    decision = models.CharField(max_length=8)
    reason = models.CharField(max_length=24)
    rule = models.PositiveSmallIntegerField()
    winner = models.CharField(max_length=40, blank=True)
    losers = models.JSONField(default=list)
    cells = models.JSONField(default=list)
    valid_until = models.DateTimeField(null=True)
    notice_version = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField()

    class Meta:
        ordering = ["party", "purpose"]
        constraints = [models.UniqueConstraint(fields=["party", "purpose"], name="consent_state_once")]
        indexes = [
            models.Index(fields=["purpose", "decision", "party"], name="consent_state_purpose"),
            # Who must be asked again: next to nobody, most of the time, among a million.
            models.Index(fields=["purpose", "notice_version", "party"], name="consent_state_notice"),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.purpose} {self.decision}"


class LinkedParty(models.Model):
    """That `other` may be the same person as `party`; both directions have a row."""

    party = models.CharField(max_length=64)
    other = models.CharField(max_length=64)
    kind = models.CharField(max_length=8)
    probability = models.FloatField()
    merged_at = models.DateTimeField(null=True, blank=True)
    from_at = models.DateTimeField(null=True, blank=True)
    linked_at = models.DateTimeField()

    class Meta:
        ordering = ["party", "other"]
        constraints = [
            models.UniqueConstraint(fields=["party", "other"], name="consent_link_once"),
            models.CheckConstraint(condition=~Q(party=models.F("other")), name="consent_link_to_another"),
            models.CheckConstraint(condition=_one_of("kind", LinkKind), name="consent_link_kind_known"),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="consent_link_probability"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.other}"
