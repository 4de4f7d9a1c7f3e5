"""The one place that reads the clock; doors call it, everything below gets `call.now`."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, timezone-aware in UTC."""
    return datetime.now(UTC)
