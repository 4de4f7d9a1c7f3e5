"""Addresses and times of this room."""

from datetime import timedelta

from django.conf import settings

CHECK_HOLDS = timedelta(minutes=5)
"""How long the token of a check may be committed against."""

UNDO_HOLDS = timedelta(days=30)
"""How long a mail lets its owner take back a withdrawal that nobody proved was hers."""


ONE_CLICK = "List-Unsubscribe=One-Click"
"""What a mail reader posts to unsubscribe, and what the header says that it shall post (RFC 8058 section 3.1)."""


def issuer() -> str:
    """Who signs."""
    return str(settings.ISSUER_URL)


def withdrawal_url() -> str:
    """Where a customer takes back what she permitted, with one click."""
    return f"{settings.ISSUER_URL}/consents/"


def receipt_url(event: str) -> str:
    """Where the receipt of an event is fetched."""
    return f"{settings.ISSUER_URL}/api/consent/receipts/{event}"


def unsubscribe_url(token: str) -> str:
    """Where mail readers unsubscribe with one click (RFC 8058); opening it changes nothing."""
    return f"{settings.ISSUER_URL}/consent/unsubscribe/{token}/"


def controller() -> dict[str, str]:
    """Who answers for the data, as receipts name it."""
    return {
        "name": settings.CONTROLLER_NAME,
        "address": settings.CONTROLLER_ADDRESS,
        "contact": settings.CONTROLLER_CONTACT,
        "country": settings.CONTROLLER_COUNTRY,
    }


def undo_url(token: str) -> str:
    """The page on which a withdrawal is taken back; opening it changes nothing."""
    return f"{settings.ISSUER_URL}/consent/undo/{token}/"
