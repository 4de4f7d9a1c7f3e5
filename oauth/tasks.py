"""Scheduled work of the protocol desk."""

from celery import shared_task

from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id
from oauth import services


@shared_task
def clear_expired() -> int:
    """Delete what nothing can refer to any more; runs every hour."""
    call = CallContext(caller=system_caller("clear-expired"), now=clock.now(), trace_id=current_trace_id())
    return services.clear_expired(call=call)
