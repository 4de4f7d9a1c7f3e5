"""Questions to the outbox; they never write."""

import json
from datetime import datetime
from typing import Any

from kit import crypto
from notifications.models import Message
from notifications.types import OutboxEntry


def list_messages(limit: int = 50) -> list[OutboxEntry]:
    """The newest messages whose content is still there, in clear: for the demo's outbox page alone."""
    rows = Message.objects.filter(recipient__isnull=False, content__isnull=False).order_by("-id")[:limit]
    return [_entry(row) for row in rows]


def count_waiting() -> int:
    """How many messages are neither sent nor given up."""
    return Message.objects.waiting().count()


def count_failed() -> int:
    """How many messages were given up and are not yet cleared away."""
    return Message.objects.filter(failed_at__isnull=False).count()


def find_oldest_waiting() -> datetime | None:
    """When the message that waits the longest was written; None when none waits."""
    return Message.objects.waiting().order_by("created_at").values_list("created_at", flat=True).first()


def read_message(message: Message) -> tuple[str, str, str]:
    """Recipient, subject and body in clear; raises kit.crypto.CannotUnwrap, ValueError when already wiped."""
    if message.recipient is None:
        raise ValueError(f"{message.ref} has been wiped")
    content = _open(message)
    recipient = crypto.unwrap(bytes(message.recipient), context=message.recipient_context).decode()
    return recipient, content["subject"], content["body"]


def read_headers(message: Message) -> dict[str, str]:
    """The further headers in clear; raises like `read_message`."""
    return dict(_open(message).get("headers") or {})


def _open(message: Message) -> dict[str, Any]:
    if message.content is None:
        raise ValueError(f"{message.ref} has been wiped")
    return dict(json.loads(crypto.unwrap(bytes(message.content), context=message.content_context)))


def _entry(message: Message) -> OutboxEntry:
    to, subject, body = read_message(message)
    return OutboxEntry(
        ref=message.ref,
        to=to,
        subject=subject,
        body=body,
        created_at=message.created_at,
        sent_at=message.sent_at,
        failed_at=message.failed_at,
    )
