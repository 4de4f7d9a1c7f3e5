"""Settings of this room."""

from datetime import timedelta

from django.conf import settings


def email_transport() -> str:
    """The name of the transport that takes mail: EMAIL_TRANSPORT, else real mail only in production."""
    chosen = getattr(settings, "EMAIL_TRANSPORT", "")
    return str(chosen) if chosen else ("smtp" if settings.MODE == "production" else "outbox_page")


def keeps_what_was_sent() -> bool:
    """Whether content stays, encrypted, after sending: only where the demo's outbox page shows it."""
    return str(settings.MODE) != "production"


def message_retention() -> timedelta:
    """How long a message stays in the table after it was sent or given up."""
    return timedelta(days=settings.MESSAGE_RETENTION_DAYS)
