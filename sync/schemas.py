"""Shapes on the wire of the couriers' doors."""

from typing import Any

from rest_framework import serializers

from assurance.types import RiskKind
from sync.types import BatchState

_PLAIN = {"type": ["string", "number", "boolean", "null"], "maxLength": 1000}
_INSTANT = {"type": "string", "format": "date-time", "description": "With its offset."}
_LEVEL = {"type": "integer", "minimum": 0, "maximum": 4, "description": "How surely: 1 stated, 2 verified, 4 proofed."}
_TOLD = {
    "oneOf": [
        _PLAIN,
        {
            "type": "object",
            "required": ["value"],
            "additionalProperties": False,
            "properties": {"value": _PLAIN, "level": _LEVEL, "occurred_at": _INSTANT},
        },
    ]
}
_ATTRIBUTES = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 50,
    "additionalProperties": _TOLD,
    "propertyNames": {"pattern": "^[a-z][a-z0-9_]{0,31}$"},
    "description": "What is not mentioned stays as it is; null says that there is none.",
}
_VERIFICATION = {
    "type": "object",
    "required": ["attribute", "value", "result"],
    "additionalProperties": False,
    "properties": {
        "attribute": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"},
        "value": _PLAIN,
        "result": {"type": "string", "enum": ["verified", "failed"]},
        "level": _LEVEL,
    },
}
_RISK = {
    "type": "object",
    "required": ["kind", "state"],
    "additionalProperties": False,
    "properties": {
        "kind": {"type": "string", "enum": [each.value for each in RiskKind]},
        "state": {"type": "string", "enum": ["raised", "cleared"]},
    },
}


def _record(brings: str, shape: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["id", "sequence", "occurred_at", brings],
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "minLength": 1, "maxLength": 200, "description": "As the system keeps it."},
            "sequence": {"type": "integer", "minimum": 0, "description": "A higher one is newer, whatever clocks say."},
            "occurred_at": _INSTANT,
            "sub": {"type": "string", "minLength": 1, "maxLength": 64, "description": "Whose it is."},
            brings: shape,
        },
    }


DELIVERY = {
    "application/json": {
        "type": "object",
        "required": ["records"],
        "additionalProperties": False,
        "properties": {
            "records": {
                "type": "array",
                "maxItems": 500,
                "items": {
                    "oneOf": [
                        _record("attributes", _ATTRIBUTES),
                        _record("verification", _VERIFICATION),
                        _record("risk", _RISK),
                    ]
                },
            },
            "as_of": {**_INSTANT, "description": "Until when the system has nothing newer; an empty list is news too."},
        },
    }
}


class RefusedShape(serializers.Serializer[object]):
    """One record that was not taken."""

    id = serializers.CharField()
    code = serializers.CharField(help_text="Stable.")
    attribute = serializers.CharField(allow_blank=True)


class TakenShape(serializers.Serializer[object]):
    """What became of a delivery."""

    batch = serializers.CharField()
    status = serializers.ChoiceField(choices=[each.value for each in BatchState][:3])
    received = serializers.IntegerField()
    applied = serializers.IntegerField(required=False)
    unchanged = serializers.IntegerField(required=False)
    outdated = serializers.IntegerField(required=False, help_text="A newer sequence was there already.")
    refused = RefusedShape(many=True, required=False)
