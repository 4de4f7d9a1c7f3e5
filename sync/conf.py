"""Settings of this room, read by its own words."""

from datetime import timedelta

from django.conf import settings


def delivery_retention() -> timedelta:
    """How long a delivery is kept after it was made, once it is confirmed or given up."""
    return timedelta(days=settings.DELIVERY_RETENTION_DAYS)


def batch_retention() -> timedelta:
    """How long a delivery of a feed is kept, with its Idempotency-Key and the way back to before it."""
    return timedelta(days=settings.FEED_RETENTION_DAYS)


def issuer() -> str:
    """Who signs what leaves: the gateway's one address."""
    return str(settings.ISSUER_URL)


def may_fetch_loopback() -> bool:
    """Whether addresses of this very machine may be told things: in tests and in the demo."""
    return bool(settings.FETCH_ALLOW_LOOPBACK)


def secret_context(slug: str) -> str:
    """What a connected system's secrets are bound to at rest."""
    return f"connection:{slug}"


def delivery_context(event_id: str, receiver: str) -> str:
    """What the personal part of a delivery is bound to at rest."""
    return f"delivery:{event_id}:{receiver}"


def operators_address() -> str:
    """Where incidents of connected systems are mailed to; "": nowhere."""
    return str(settings.OPERATORS_EMAIL)
