"""Addresses and times of this room."""

from datetime import timedelta

from django.conf import settings

CHECK_HOLDS = timedelta(minutes=5)
"""How long the token of a check may be committed against."""

UNDO_HOLDS = timedelta(days=30)
"""How long a mail lets its owner take back a withdrawal that nobody proved was hers."""


def issuer() -> str:
    """Who signs."""
    return str(settings.ISSUER_URL)


def undo_url(token: str) -> str:
    """The page on which a withdrawal is taken back; opening it changes nothing."""
    return f"{settings.ISSUER_URL}/consent/undo/{token}/"
