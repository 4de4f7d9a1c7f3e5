"""Shapes on the wire of the judge's doors."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from assurance.types import (
    LONGEST_ID,
    LONGEST_NAME,
    MOST_QUESTIONS,
    ConsentState,
    Label,
    Outcome,
    Semantics,
    StepUpStatus,
)
from channel_registry.types import ACR_LADDER


def _text(longest: int, said: str, *, least: int = 1) -> dict[str, Any]:
    no_nul = f"^[^\\u0000]{{{least},{longest}}}$"
    return {"type": "string", "minLength": least, "maxLength": longest, "pattern": no_nul, "description": said}


def _entity(said: str, fields: dict[str, Any], *, needed: bool) -> dict[str, Any]:
    shape = {"type": "object", "description": said, "properties": {**fields, "properties": _PROPERTIES}}
    return {**shape, "required": list(fields)} if needed else shape


_PROPERTIES = {"type": "object", "description": "What a policy's conditions may look at; plain values count."}
_CONTEXT = {
    "type": "object",
    "description": "Values that only the gateway may say (confidence, acr, consent, agent) are ignored and noted.",
    "properties": {
        "sid": _text(LONGEST_ID, "The session; needed but for static actions.", least=0),
        "channel": _text(LONGEST_NAME, "The channel whose policy holds; the client's own by default.", least=0),
        "journey": _text(LONGEST_ID, "Ties decisions, proofs and outcomes together.", least=0),
        "processor": _text(LONGEST_NAME, "Who would work with the data; the house itself by default.", least=0),
        "properties": _PROPERTIES,
    },
}


def _common(*, needed: bool) -> dict[str, Any]:
    subject = {"type": _text(LONGEST_NAME, "customer, or user"), "id": _text(LONGEST_ID, "The sub.")}
    action = {"name": _text(LONGEST_NAME, "An action of the channel's policy.")}
    resource = {
        "type": _text(LONGEST_NAME, "account for the customer's own, record for what is matched to it"),
        "id": _text(LONGEST_ID, "For an account the sub again."),
    }
    return {
        "subject": _entity("Who would act.", subject, needed=needed),
        "action": _entity("What would be done.", action, needed=needed),
        "resource": _entity("To what.", resource, needed=needed),
        "context": _CONTEXT,
    }


_ONE = {
    "type": "object",
    "required": ["subject", "action", "resource"],
    "properties": _common(needed=True),
}
_SEVERAL = {
    "type": "object",
    "required": ["evaluations"],
    "properties": {
        **_common(needed=False),
        "evaluations": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_QUESTIONS,
            "items": {"type": "object"},
            "description": "Questions; each field replaces the one above it.",
        },
    },
}
_OPTIONS = {
    "type": "object",
    "properties": {"evaluations_semantic": {"type": "string", "enum": [each.value for each in Semantics]}},
}
_NONE = {"type": "array", "maxItems": 0}
EVALUATION = {"application/json": _ONE}
BATCH = {
    "application/json": {
        "anyOf": [
            {**_ONE, "properties": {**_ONE["properties"], "options": _OPTIONS, "evaluations": _NONE}},  # type: ignore[dict-item]
            {**_SEVERAL, "properties": {**_SEVERAL["properties"], "options": _OPTIONS}},  # type: ignore[dict-item]
        ]
    }
}


class ReasonShape(serializers.Serializer[object]):
    """One reason, the one that decided first."""

    code = serializers.CharField(help_text="Stable.")
    message = serializers.CharField(help_text="For a person.")


class AnswerContextShape(serializers.Serializer[object]):
    """What to do, and why."""

    outcome = serializers.ChoiceField(choices=[each.value for each in Outcome], required=False)
    decision_id = serializers.CharField(required=False)
    confidence = serializers.FloatField(
        required=False, help_text="How surely the person in the session is the subject; absent where nobody was judged."
    )
    reasons = ReasonShape(many=True, required=False)
    acr_values = serializers.CharField(required=False, help_text="For step_up: what to ask /oauth/authorize for.")
    max_age = serializers.IntegerField(required=False, help_text="For step_up: seconds.")
    degraded_by = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Feeds it rests on that are not well; absent for none."
    )
    error = serializers.DictField(required=False, help_text="In a batch: why this item is no question.")


class AnswerShape(serializers.Serializer[object]):
    """A decision."""

    decision = serializers.BooleanField(help_text="Whether to act.")
    context = AnswerContextShape()  # type: ignore[assignment]  # the name that the standard gives the field


class BatchAnswerShape(serializers.Serializer[object]):
    """Decisions in the order of their questions, or one decision for one question."""

    evaluations = AnswerShape(many=True, required=False)
    decision = serializers.BooleanField(required=False)
    context = AnswerContextShape(required=False)  # type: ignore[assignment]


@extend_schema_serializer(component_name="DecisionOutcome")
class OutcomeRequest(serializers.Serializer[object]):
    """What came of a decision."""

    outcome = serializers.ChoiceField(choices=[each.value for each in Label])


class EvidenceShape(serializers.Serializer[object]):
    """One line of evidence, in bits; for a person, without a personal value."""

    signal = serializers.CharField()
    group = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the word of the model
    source = serializers.CharField()  # type: ignore[assignment]
    value_class = serializers.CharField(allow_blank=True)
    age = serializers.FloatField(allow_null=True, help_text="Seconds when it was decided.")
    health = serializers.CharField(help_text="Of the feed it came from.")
    fresh_bits = serializers.FloatField(help_text="What it says when fresh.")
    bits = serializers.FloatField(help_text="What age and health leave of that.")
    counted = serializers.FloatField(help_text="What its group lets count.")
    left_out = serializers.CharField(
        allow_blank=True, help_text="Why the action lets it not count at all: feed_not_live, feed_too_old."
    )
    standing = serializers.BooleanField(help_text="A risk that does not fade until somebody clears it.")
    model = serializers.CharField(allow_blank=True)


class NumberShape(serializers.Serializer[object]):
    """How the confidence came about, step by step."""

    prior_bits = serializers.FloatField()
    at_proof = serializers.FloatField()
    device_class = serializers.CharField()
    base = serializers.FloatField(help_text="Towards which it fades on this class of device.")
    per_seconds = serializers.FloatField(help_text="In which it fades by a factor of e.")
    proved = serializers.FloatField(allow_null=True, help_text="Seconds since the newest proof.")
    aged = serializers.FloatField()
    session = serializers.FloatField(help_text="With standing risks.")
    p_match = serializers.FloatField(allow_null=True)
    reported = serializers.FloatField()
    reachable = serializers.FloatField(help_text="At most, by one more step-up.")


class RequiredShape(serializers.Serializer[object]):
    """What the policy asked for."""

    action_class = serializers.CharField()
    threshold = serializers.FloatField()
    acr = serializers.CharField(allow_blank=True)
    max_age = serializers.IntegerField(allow_null=True)
    purpose = serializers.CharField(allow_blank=True)
    match = serializers.CharField()
    live_only = serializers.BooleanField()
    feed_max_age = serializers.IntegerField(allow_null=True)
    high_risk = serializers.BooleanField()


class ReplayShape(serializers.Serializer[object]):
    """The stored facts, judged again now."""

    same = serializers.BooleanField()
    outcome = serializers.CharField()
    confidence = serializers.FloatField()


class ConsentFactsShape(serializers.Serializer[object]):
    """What the registry of consent said, in its own words."""

    state = serializers.ChoiceField(choices=[each.value for each in ConsentState])
    reason = serializers.CharField(allow_blank=True)
    known = serializers.BooleanField(help_text="False where it was not asked.")
    rule = serializers.IntegerField(help_text="The step of its precedence that decided, 1 to 8; 0 where none did.")
    winner = serializers.CharField(allow_blank=True, help_text="The choice that decided, by its id in the registry.")
    seq = serializers.IntegerField(help_text="The newest of her choices that was seen.")
    valid_until = serializers.CharField(allow_blank=True, help_text="When time alone may change the answer.")
    processor = serializers.CharField(allow_blank=True, help_text="Who would work with the data; empty is the house.")


class FullReasonShape(ReasonShape):
    """One reason and where it leads."""

    outcome = serializers.ChoiceField(choices=[each.value for each in Outcome])


class ExplanationShape(serializers.Serializer[object]):
    """Why a decision was made."""

    decision_id = serializers.CharField()
    decided_at = serializers.DateTimeField()
    decision = serializers.BooleanField()
    outcome = serializers.ChoiceField(choices=[each.value for each in Outcome])
    subject = serializers.CharField(allow_blank=True)
    sid = serializers.CharField(allow_blank=True)
    channel = serializers.CharField()
    client_id = serializers.CharField(allow_blank=True)
    journey = serializers.CharField(allow_blank=True)
    action = serializers.CharField()
    resource_type = serializers.CharField()
    attributes = serializers.DictField(help_text="What conditions looked at.")
    acr = serializers.CharField(allow_null=True, help_text="What the session proved.")
    acr_values = serializers.CharField(allow_blank=True)
    max_age = serializers.IntegerField(allow_null=True)
    confidence = NumberShape(allow_null=True, help_text="Null where nobody was judged.")
    evidence = EvidenceShape(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    required = RequiredShape(allow_null=True, help_text="Null for an action the channel does not know.")  # type: ignore[assignment]
    consent = ConsentFactsShape()
    reasons = FullReasonShape(many=True)
    would_change = serializers.ListField(child=serializers.CharField())
    versions = serializers.DictField(help_text="Policy by digest, signals, and the snapshot of how everybody comes.")
    degraded_by = serializers.ListField(child=serializers.CharField(), help_text="Feeds that were not well.")
    poisoned_by = serializers.ListField(
        child=serializers.CharField(), help_text="Feeds of which it is known by now that they brought wrong data then."
    )
    replay = ReplayShape()
    words = serializers.ListField(child=serializers.CharField(), help_text="To be read aloud.")


# --- Step-up ---

_METHODS = ("passkey", "totp", "password", "email_code", "recovery_code")
_LONGEST_AGE = 10**9


@extend_schema_serializer(component_name="StepUpRequest")
class StepUpRequestShape(serializers.Serializer[object]):
    """What is wanted: as a challenge says it, or by the decision that asked for it."""

    acr_values = serializers.RegexField(
        r"^[\x21-\x7e]+( [\x21-\x7e]+)*$",
        max_length=200,
        required=False,
        help_text="Levels any of which will do, with spaces between.",
    )
    max_age = serializers.IntegerField(
        min_value=0, max_value=_LONGEST_AGE, required=False, help_text="Seconds since the last proof; 0: a new one."
    )
    decision_id = serializers.RegexField(r"^[A-Za-z0-9_-]+$", max_length=40, required=False)

    def validate(self, attrs: Any) -> Any:
        """Something must be wanted, in one of the two ways."""
        if not attrs or ("decision_id" in attrs and len(attrs) > 1):
            raise serializers.ValidationError("Give acr_values and max_age, or one of them, or decision_id alone.")
        return attrs


@extend_schema_serializer(component_name="StepUp")
class StepUpShape(serializers.Serializer[object]):
    """A step-up, and what the session proves now."""

    id = serializers.CharField()
    status = serializers.ChoiceField(choices=[each.value for each in StepUpStatus])
    acr_values = serializers.CharField(help_text="What is wanted; empty for any level.")
    max_age = serializers.IntegerField(allow_null=True)
    decision_id = serializers.CharField(help_text="The decision that asked for it, if one was named.")
    methods = serializers.ListField(
        child=serializers.ChoiceField(choices=_METHODS), help_text="By what it goes on, the best first."
    )
    expires_at = serializers.DateTimeField()
    acr = serializers.ChoiceField(choices=ACR_LADDER, help_text="What the session proves now.")
    amr = serializers.ListField(child=serializers.CharField(), help_text="By what (RFC 8176).")
    auth_time = serializers.IntegerField(allow_null=True, help_text="Unix seconds of the newest proof.")


@extend_schema_serializer(component_name="StepUpProof")
class ProofShape(serializers.Serializer[object]):
    """One proof: a secret in `value`, or a passkey's answer in `credential`."""

    method = serializers.ChoiceField(choices=_METHODS)
    value = serializers.CharField(max_length=1024, required=False, trim_whitespace=False)
    credential = serializers.JSONField(required=False, help_text="The PublicKeyCredential as JSON (WebAuthn Level 3).")

    def validate(self, attrs: Any) -> Any:
        """What the method needs, and nothing else."""
        needed = "credential" if attrs["method"] == "passkey" else "value"
        if set(attrs) != {"method", needed}:
            raise serializers.ValidationError(f"This method takes {needed} and nothing else.")
        if needed == "credential" and not isinstance(attrs["credential"], dict):
            raise serializers.ValidationError("credential must be an object.")
        return attrs


@extend_schema_serializer(component_name="PasskeyOptions")
class PasskeyOptionsShape(serializers.Serializer[object]):
    """What `navigator.credentials.get` takes."""

    publicKey = serializers.JSONField()  # noqa: N815  WebAuthn's spelling
