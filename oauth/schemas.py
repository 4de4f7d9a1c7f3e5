"""Shapes on the wire of this room's API."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from oauth.types import Decision

_ANSWERS = {"approve": Decision.APPROVED, "deny": Decision.DENIED, "not_me": Decision.DISOWNED}


@extend_schema_serializer(component_name="Approval")
class ApprovalShape(serializers.Serializer[object]):
    """A request that waits for the customer's answer."""

    id = serializers.CharField(help_text="Names the request in the address that takes the answer.")
    client = serializers.CharField(help_text="Who asks, by its registered name.")
    channel = serializers.CharField(help_text="The channel on which the customer is being asked for.")
    binding_message = serializers.CharField(help_text="What the other side shows too; empty when it sent none.")
    scopes = serializers.ListField(child=serializers.CharField(), help_text="What the client is going to be allowed.")
    asked_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    place = serializers.CharField(help_text="City and country from where it was asked; empty when not known.")
    acr_values = serializers.CharField(help_text="Levels any of which approves it.")
    step_up = serializers.BooleanField(help_text="Whether this session has to prove more before it can approve.")


@extend_schema_serializer(component_name="ApprovalAnswer")
class AnswerShape(serializers.Serializer[object]):
    """What the customer says."""

    decision = serializers.ChoiceField(choices=list(_ANSWERS))
    number = serializers.RegexField(
        r"^[^\x00]*$",
        required=False,
        default="",
        allow_blank=True,
        max_length=64,
        help_text="What the other side shows; to approve.",
    )


def decision_of(word: str) -> Decision:
    """The decision that a word of the wire stands for."""
    return _ANSWERS[word]
