"""Shapes on the wire of the judge's doors."""

from typing import Any

from rest_framework import serializers

from assurance.types import LONGEST_ID, LONGEST_NAME, MOST_QUESTIONS, Outcome, Semantics


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
