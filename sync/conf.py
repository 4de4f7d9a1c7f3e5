"""Settings of this room, read by its own words."""

from datetime import timedelta

from django.conf import settings


def delivery_retention() -> timedelta:
    """How long a delivery is kept after it was made, once it is confirmed or given up."""
    return timedelta(days=settings.DELIVERY_RETENTION_DAYS)


def issuer() -> str:
    """Who signs what leaves: the gateway's one address."""
    return str(settings.ISSUER_URL)
