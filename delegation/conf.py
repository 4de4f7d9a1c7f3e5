"""Settings of this room."""

from datetime import timedelta

from django.conf import settings

LOOKUPS_A_MINUTE = 20
"""How many customers one staff member looks up a minute; begun by typing, this is far more than work needs."""


def lookup_limit() -> int:
    """The limit under RATE_LIMIT_FACTOR, which is 1 in production."""
    return LOOKUPS_A_MINUTE * int(settings.RATE_LIMIT_FACTOR)


def delegation_retention() -> timedelta:
    """How long a delegation stays in the table after its end: as long as sessions do."""
    return timedelta(days=settings.SESSION_RETENTION_DAYS)
