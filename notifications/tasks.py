"""What the worker does for this room."""

from celery import shared_task

from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id
from notifications import conf, services
from notifications.flows.delivery import send_waiting as send_waiting_messages
from notifications.services import WORKER_TASK

MOST_AT_ONCE = 100


@shared_task(name=WORKER_TASK)
def send_waiting() -> int:
    """Send what is due; each message gets its own call, so that leases and times are fresh."""
    sent = 0
    while sent < MOST_AT_ONCE and send_waiting_messages(call=_call()):
        sent += 1
    return sent


@shared_task(name="notifications.tasks.clear_old_messages")
def clear_old_messages() -> int:
    """Delete messages whose end is long past; runs every hour."""
    return services.clear_messages(older_than=conf.message_retention(), call=_call())


def _call() -> CallContext:
    return CallContext(caller=system_caller("notifications"), now=clock.now(), trace_id=current_trace_id())
