"""Shapes on the wire of this room's doors."""

from collections.abc import Mapping

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from channel_registry.types import ACR_LADDER
from delegation.types import LONGEST_HINT, LONGEST_NOTE, Reason

_ID = r"^[A-Za-z0-9_-]{1,64}$"
_PLAIN = r"^[^\x00-\x1f\x7f]*$"


@extend_schema_serializer(component_name="LookupRequest")
class LookupRequestShape(serializers.Serializer[object]):
    """Whom a staff member asks about."""

    login_hint = serializers.RegexField(
        _PLAIN, min_length=1, max_length=LONGEST_HINT, trim_whitespace=False, help_text="An e-mail address or a `sub`."
    )


@extend_schema_serializer(component_name="Verification")
class VerificationShape(serializers.Serializer[object]):
    """What a customer proved, and until when this channel asks nothing again."""

    method = serializers.CharField(help_text="The word for her newest proof.")
    channel = serializers.CharField(help_text="Where she gave it.")
    at = serializers.DateTimeField()
    acr = serializers.ChoiceField(choices=ACR_LADDER, help_text="What it is worth now.")
    level = serializers.IntegerField(help_text="The same as a number, 1 to 3.")
    valid_until = serializers.DateTimeField()


@extend_schema_serializer(component_name="LookedUpCustomer")
class CustomerShape(serializers.Serializer[object]):
    """A customer as staff see her."""

    subject = serializers.CharField()
    name = serializers.CharField(help_text="As she wants to be called; may be empty.")
    verification = VerificationShape(allow_null=True, help_text="null when nothing valid was proved: ask her by CIBA.")


class _WhyShape(serializers.Serializer[object]):
    reason = serializers.ChoiceField(choices=[each.value for each in Reason])
    note = serializers.RegexField(
        _PLAIN,
        max_length=LONGEST_NOTE,
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="One line; the customer is shown it.",
    )


@extend_schema_serializer(component_name="AssistanceForSubject")
class BySubjectShape(_WhyShape):
    """A customer whom the client's channel takes as verified."""

    subject = serializers.RegexField(_ID)


@extend_schema_serializer(component_name="AssistanceInSession")
class BySessionShape(_WhyShape):
    """A customer by a session of hers in which the client takes part; one handed over by ticket is proof enough."""

    sid = serializers.RegexField(_ID)


def read_assistance_request(data: object) -> "BySubjectShape | BySessionShape":
    """The shape that a request has: it names the customer by `sid` or by `subject`. ValidationError for both."""
    named = [each for each in ("subject", "sid") if isinstance(data, Mapping) and each in data]
    if len(named) == 2:
        raise serializers.ValidationError("Name the customer by `subject` or by `sid`, not by both.")
    return BySessionShape(data=data) if named == ["sid"] else BySubjectShape(data=data)


@extend_schema_serializer(component_name="Assistance")
class AssistanceShape(serializers.Serializer[object]):
    """A staff member's right to act for a customer: exchange it for a token (RFC 8693)."""

    assistance = serializers.CharField(help_text="Its id: the `subject_token` of the exchange.")
    subject = serializers.CharField()
    sid = serializers.CharField(help_text="The assisted session.")
    reason = serializers.CharField()
    client_id = serializers.CharField(help_text="The client that may exchange it.")
    begun_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
