"""The deeds of the outbox: take a message, lease it, write down its end, forget a recipient."""

import json
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from audit import journal
from kit import crypto
from kit.call import CallContext
from kit.doorbell import ring
from kit.refusal import MalformedInput
from kit.rewrapping import Rewrapped, renewed_fields, rewrap_rows
from kit.unit_of_work import deed
from notifications import conf, events, rules
from notifications.errors import TransportFailed
from notifications.models import Message
from notifications.types import Medium

log = logging.getLogger(__name__)

WORKER_TASK = "notifications.tasks.send_waiting"


@deed
def send_mail(*, to: str, subject: str, body: str, headers: Mapping[str, str] | None = None, call: CallContext) -> str:
    """Put a mail into the outbox, in the caller's transaction, and ring the worker after the commit.

    `headers` are more headers of the mail, such as those to unsubscribe by. Returns the message's ref. Raises
    MalformedInput for an address, a subject or a header that no mail can carry.
    """
    if not rules.is_address(to) or not rules.is_one_line(subject):
        raise MalformedInput("A mail needs one address and a subject of one line.")
    headers = dict(headers or {})
    if not all(rules.is_list_header(name, value) for name, value in headers.items()):
        raise MalformedInput("A header of the mail is none that may be set, or no line of plain ASCII.")

    message = Message(
        medium=Medium.EMAIL,
        recipient_digest=_digest(to),
        created_at=call.now,
        next_attempt_at=call.now,
        trace_id=call.trace_id[:64],
    )
    content = json.dumps({"subject": subject, "body": body, "headers": headers}).encode()
    message.recipient = crypto.wrap(to.encode(), context=message.recipient_context)
    message.content = crypto.wrap(content, context=message.content_context)
    message.save()

    log.info("message written", extra={"message_ref": message.ref})
    transaction.on_commit(_ring, robust=True)
    return message.ref


@deed
def rewrap_messages(*, after: str | int | None, call: CallContext) -> Rewrapped:  # noqa: ARG001  every deed takes its call
    """Wrap messages anew that a previous KEY_ENCRYPTION_KEY wrapped, the next few from an id on."""
    return rewrap_rows(
        Message.objects.all(),
        lambda row: renewed_fields({"recipient": row.recipient_context, "content": row.content_context}, row),
        after=after,
    )


@deed
def ring_worker(*, call: CallContext) -> None:
    """Ring the worker after the commit although nothing was written, where the time must not tell."""
    log.info("no message written", extra={"caller_kind": call.caller.kind.value})
    transaction.on_commit(_ring, robust=True)


@deed
def lease_message(*, until: datetime, call: CallContext) -> Message | None:
    """Take the message that is due the longest, and keep every other worker off it `until` then; None if none is."""
    skip = connection.features.has_select_for_update_skip_locked
    message = Message.objects.due(call.now).select_for_update(skip_locked=skip).first()
    if message is None:
        return None

    message.attempts += 1
    message.next_attempt_at = until
    message.save(update_fields=["attempts", "next_attempt_at"])
    return message


@deed
def note_sent(*, ref: str, call: CallContext) -> None:
    """A transport took the message. One that has come to its end, or was deleted meanwhile, stays as it is."""
    message = Message.objects.waiting().select_for_update().filter(ref=ref).first()
    if message is None:
        return

    message.sent_at, message.last_error = call.now, ""
    _wipe(message)
    message.save()

    journal.record(events.NOTIFICATION_SENT, call=call, payload=_payload(message))


@deed
def note_failure(*, ref: str, failure: TransportFailed, call: CallContext) -> None:
    """A transport refused the message: it waits for a later attempt, or is given up and journaled."""
    message = Message.objects.waiting().select_for_update().filter(ref=ref).first()
    if message is None:
        return
    again = not failure.lasting and rules.is_worth_another(message.attempts)

    message.last_error = failure.code
    if again:
        jitter = secrets.randbelow(1000) / 1000
        message.next_attempt_at = call.now + rules.delay_after(message.attempts, jitter=jitter)
    else:
        message.failed_at = call.now
        _wipe(message)
    message.save()

    if not again:
        payload = _payload(message) | {"error": failure.code, "attempts": message.attempts}
        journal.record(events.NOTIFICATION_FAILED, call=call, payload=payload)


@deed
def forget_recipient(*, to: str, call: CallContext) -> int:
    """Delete every message to an address, sent or not, because the person behind it is erased; how many."""
    deleted, _ = Message.objects.filter(recipient_digest=_digest(to)).delete()
    if deleted:
        journal.record(events.NOTIFICATION_FORGOTTEN, call=call, payload={"messages": deleted})
    return deleted


@deed
def clear_messages(*, older_than: timedelta, call: CallContext) -> int:
    """Delete messages that came to their end more than `older_than` ago; how many. The journal keeps that they were."""
    deleted, _ = Message.objects.ended_before(call.now - older_than).delete()
    return deleted


def _digest(recipient: str) -> str:
    """A keyed digest of an address: finds it again, and tells nothing to whoever lacks the key."""
    return salted_hmac("notifications.recipient", recipient.lower(), algorithm="sha256").hexdigest()


def _wipe(message: Message) -> None:
    if not conf.keeps_what_was_sent():
        message.recipient = message.content = None


def _payload(message: Message) -> dict[str, str | int]:
    return {"message": message.ref, "medium": message.medium, "recipient": message.recipient_digest}


def _ring() -> None:
    """Wake the worker. The outbox is the truth and is looked through anyway, so a silent bell is only slower."""
    ring(WORKER_TASK)
