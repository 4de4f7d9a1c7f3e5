"""Settings of this room."""

from datetime import timedelta

from django.conf import settings

#: What binds the encrypted content of a browser session to its kind.
CONTENT_CONTEXT = "browser-session"


def session_retention() -> timedelta:
    """How long a session, and a device nobody comes back with, stays in the table after its end."""
    return timedelta(days=settings.SESSION_RETENTION_DAYS)


HANDOFFS_A_MINUTE = 30
"""How many tickets are made of one session in a minute, over all doors; with a minute's life, so many are open."""


def handoff_limit() -> int:
    """The limit under RATE_LIMIT_FACTOR, which is 1 in production."""
    return HANDOFFS_A_MINUTE * int(settings.RATE_LIMIT_FACTOR)


HANDOFF_RETENTION = timedelta(days=1)
"""How long a ticket is known after it expired, so that one that comes again is noticed."""
BROWSER_CHANNEL = "web"
"""Browsers sign in on this channel."""


def handoff_page(ticket: str) -> str:
    """Where a person who was given a ticket goes with it: the page names whose session it is, and asks."""
    return f"{settings.ISSUER_URL}/handoff/{ticket}/"
