"""Settings of this room."""

from datetime import timedelta

from django.conf import settings


def session_retention() -> timedelta:
    """How long a session, and a device nobody comes back with, stays in the table after its end."""
    return timedelta(days=settings.SESSION_RETENTION_DAYS)
