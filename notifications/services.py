"""The deeds of the outbox: take a message, send what waits, forget a recipient."""

import json
import logging
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from kombu.exceptions import OperationalError

from audit import journal
from kit import crypto
from kit.call import CallContext
from kit.refusal import MalformedInput
from kit.unit_of_work import deed
from notifications import conf, events, rules
from notifications.errors import TransportFailed
from notifications.models import Message
from notifications.queries import read_message
from notifications.transports import TRANSPORTS
from notifications.types import Letter, Medium

log = logging.getLogger(__name__)

WORKER_TASK = "notifications.tasks.send_waiting"
LEASE_FOR_EACH = timedelta(seconds=60)  # longer than a transport takes for one message, its time-outs included


@deed
def send_mail(*, to: str, subject: str, body: str, call: CallContext) -> str:
    """Put a mail into the outbox, in the caller's transaction, and ring the worker after the commit.

    Returns the message's ref. Raises MalformedInput for an address or a subject that no mail can carry.
    """
    if not rules.is_address(to) or not rules.is_one_line(subject):
        raise MalformedInput("A mail needs one address and a subject of one line.")

    message = Message(
        medium=Medium.EMAIL, recipient_digest=digest_of(to), created_at=call.now, next_attempt_at=call.now
    )
    content = json.dumps({"subject": subject, "body": body}).encode()
    message.recipient = crypto.wrap(to.encode(), context=f"message:{message.ref}:recipient")
    message.content = crypto.wrap(content, context=f"message:{message.ref}:content")
    message.save()

    transaction.on_commit(_ring, robust=True)
    return message.ref


def send_waiting(*, call: CallContext, limit: int = 1) -> int:
    """Send messages that are due, at most `limit`, one after the other; the number taken up.

    Not one transaction: a message is leased in one, handed over outside any, and its end written in another, so no
    lock is held while a mail server thinks. A worker that dies gives its message back when the lease ends.
    """
    taken = 0
    while taken < limit and (message := _lease(call=call, until=call.now + LEASE_FOR_EACH * limit)):
        taken += 1
        try:
            TRANSPORTS[conf.email_transport()](_letter(message))
        except TransportFailed as failure:
            _note_failure(ref=message.ref, failure=failure, call=call)
        except crypto.CannotUnwrap:
            _note_failure(ref=message.ref, failure=TransportFailed("unreadable", lasting=True), call=call)
        else:
            _note_sent(ref=message.ref, call=call)
    return taken


@deed
def forget_recipient(*, to: str, call: CallContext) -> int:
    """Delete every message to an address, sent or not, because the person behind it is erased; how many."""
    deleted, _ = Message.objects.filter(recipient_digest=digest_of(to)).delete()
    if deleted:
        journal.record(events.NOTIFICATION_FORGOTTEN, call=call, payload={"messages": deleted})
    return deleted


def digest_of(recipient: str) -> str:
    """A keyed digest of an address: finds it again, and tells nothing to whoever lacks the key."""
    return salted_hmac("notifications.recipient", recipient.lower(), algorithm="sha256").hexdigest()


@deed
def _lease(*, call: CallContext, until: datetime) -> Message | None:
    skip = connection.features.has_select_for_update_skip_locked
    message = Message.objects.due(call.now).select_for_update(skip_locked=skip).first()
    if message is None:
        return None
    message.attempts += 1
    message.next_attempt_at = until
    message.save(update_fields=["attempts", "next_attempt_at"])
    return message


@deed
def _note_sent(*, ref: str, call: CallContext) -> None:
    message = Message.objects.select_for_update().filter(ref=ref, sent_at=None, failed_at=None).first()
    if message is None:  # its recipient was erased meanwhile
        return

    message.sent_at, message.last_error = call.now, ""
    _wipe(message)
    message.save()

    journal.record(events.NOTIFICATION_SENT, call=call, payload=_payload(message))


@deed
def _note_failure(*, ref: str, failure: TransportFailed, call: CallContext) -> None:
    message = Message.objects.select_for_update().filter(ref=ref, sent_at=None, failed_at=None).first()
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


def _wipe(message: Message) -> None:
    if not conf.keeps_what_was_sent():
        message.recipient = message.content = None


def _letter(message: Message) -> Letter:
    to, subject, body = read_message(message)
    host = urlsplit(settings.ISSUER_URL).hostname or "localhost"
    return Letter(ref=message.ref, to=to, subject=subject, body=body, sender_host=host)


def _payload(message: Message) -> dict[str, str | int]:
    return {"message": message.ref, "medium": message.medium, "recipient": message.recipient_digest}


def _ring() -> None:
    """Wake the worker. The outbox is the truth and is looked through anyway, so a silent bell is only slower."""
    try:
        current_app.send_task(WORKER_TASK, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("The worker could not be rung: %s", type(error).__name__)
