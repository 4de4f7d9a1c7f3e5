"""From the outbox to the mail server: the way of one message, over several transactions.

    waiting --lease--> leased --handed over--> sent
                         | refused, will pass, attempts left --> waiting (later)
                         | refused for good, or attempts used up --> failed
                         | worker gone, lease over --> waiting

No lock is held and no transaction is open while a mail server thinks. The state is in the row: `next_attempt_at`
is the lease, `sent_at` and `failed_at` are the ends.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from kit.call import CallContext
from kit.crypto import CannotUnwrap
from kit.trace import traced
from notifications import conf, services
from notifications.errors import TransportFailed
from notifications.models import Message
from notifications.queries import read_headers, read_message
from notifications.transports import TRANSPORTS
from notifications.types import Letter

_log = logging.getLogger(__name__)

TRANSITIONS = {
    "waiting": ("leased",),
    "leased": ("sent", "waiting", "failed"),
    "sent": (),
    "failed": (),
}
LEASE_FOR_EACH = timedelta(seconds=60)  # longer than a transport takes for one message, its time-outs included


def send_waiting(*, call: CallContext, limit: int = 1) -> int:
    """Send messages that are due, at most `limit`, one after the other; the number taken up.

    The lease is `limit` times that of one message, because `call` does not grow older on the way.
    """
    taken = 0
    while taken < limit and (message := services.lease_message(until=call.now + LEASE_FOR_EACH * limit, call=call)):
        taken += 1
        trace_id = message.trace_id or call.trace_id  # whoever rang, this belongs to the request that wrote it
        with traced(trace_id):
            _hand_over(message, replace(call, trace_id=trace_id))
    return taken


def _hand_over(message: Message, call: CallContext) -> None:
    try:
        TRANSPORTS[conf.email_transport()](_letter(message))
    except TransportFailed as failure:
        services.note_failure(ref=message.ref, failure=failure, call=call)
        _log.warning("message refused", extra=_facts(message) | {"reason": failure.code})
    except CannotUnwrap:  # made under another KEY_ENCRYPTION_KEY: nobody can read it any more
        services.note_failure(ref=message.ref, failure=TransportFailed("unreadable", lasting=True), call=call)
        _log.error("message cannot be read", extra=_facts(message))
    else:
        services.note_sent(ref=message.ref, call=call)
        _log.info("message sent", extra=_facts(message))


def _facts(message: Message) -> dict[str, str | int]:
    return {"message_ref": message.ref, "attempt": message.attempts}


def _letter(message: Message) -> Letter:
    to, subject, body = read_message(message)
    host = urlsplit(settings.ISSUER_URL).hostname or "localhost"
    return Letter(ref=message.ref, to=to, subject=subject, body=body, sender_host=host, headers=read_headers(message))
