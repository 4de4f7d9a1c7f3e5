"""Shapes on the wire of this room's doors."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from channel_registry.types import ACR_LADDER


@extend_schema_serializer(component_name="Session")
class SessionShape(serializers.Serializer[object]):
    """One live session of a customer."""

    sid = serializers.CharField(help_text="The session; the same in ID tokens and access tokens.")
    root = serializers.CharField(  # type: ignore[assignment]  # the name that the contract gives the field
        help_text="Sessions of one journey share it."
    )
    channel = serializers.CharField(help_text="The channel's short name.")
    client = serializers.CharField(help_text="The client that took part last; empty before the first.")
    device = serializers.CharField(help_text="What the browser calls itself; empty when nobody knows.")
    place = serializers.CharField(help_text="City and country; empty when nobody knows.")
    acr = serializers.ChoiceField(choices=ACR_LADDER, help_text="What the session proves now.")
    amr = serializers.ListField(child=serializers.CharField(), help_text="By what (RFC 8176).")
    auth_time = serializers.IntegerField(
        allow_null=True, help_text="Unix seconds of the newest proof; null when none counts any more."
    )
    last_seen = serializers.DateTimeField()
    current = serializers.BooleanField(help_text="Whether it is the session of the token that asks.")


@extend_schema_serializer(component_name="SessionsEnded")
class EndedShape(serializers.Serializer[object]):
    """How far the news has got that sessions ended."""

    notified = serializers.IntegerField(help_text="How many apps are told, each once for each session it took part in.")
    confirmed = serializers.IntegerField(help_text="How many of them have confirmed so far.")
