"""Shapes on the wire of this room's doors."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from channel_registry.types import ACR_LADDER

_OPAQUE = r"^[A-Za-z0-9_-]+$"  # how our ids and secrets are spelled


@extend_schema_serializer(component_name="HandoffOffer")
class OfferRequest(serializers.Serializer[object]):
    """Which session goes where."""

    sid = serializers.RegexField(_OPAQUE, max_length=64, help_text="A session in which the calling client takes part.")
    client_id = serializers.RegexField(
        r"^[\x20-\x7e]*$",  # RFC 6749 appendix A.1
        max_length=255,
        required=False,
        default="",
        allow_blank=True,
        help_text="The one client that may redeem the ticket; left out, the customer takes it to the gateway's page.",
    )


@extend_schema_serializer(component_name="HandoffTicket")
class OfferShape(serializers.Serializer[object]):
    """A ticket, shown this once."""

    ticket = serializers.CharField(help_text="Works once.")
    expires_in = serializers.IntegerField(help_text="Seconds.")
    url = serializers.CharField(
        allow_null=True, help_text="The page for a QR code or link; null where a client redeems the ticket."
    )


@extend_schema_serializer(component_name="HandoffRedemption")
class RedemptionRequest(serializers.Serializer[object]):
    """A ticket that was made for the calling client."""

    ticket = serializers.RegexField(_OPAQUE, max_length=200)


@extend_schema_serializer(component_name="CarriedSession")
class CarriedShape(serializers.Serializer[object]):
    """A session that goes on at the calling client, worth what it was worth where it came from."""

    sid = serializers.CharField(help_text="The new session, on the calling client's channel.")
    root = serializers.CharField(  # type: ignore[assignment]  # the name that the contract gives the field
        help_text="Sessions of one journey share it."
    )
    subject = serializers.CharField()
    channel = serializers.CharField()
    acr = serializers.ChoiceField(choices=ACR_LADDER, help_text="What the session proves now.")
    amr = serializers.ListField(child=serializers.CharField(), help_text="By what (RFC 8176).")
    auth_time = serializers.IntegerField(
        allow_null=True, help_text="Unix seconds of the newest proof; null when none counts any more."
    )
    methods = serializers.ListField(child=serializers.CharField(), help_text="What counts, the newest first.")
    valid_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when nothing need be asked again on this channel; null when it must be."
    )
