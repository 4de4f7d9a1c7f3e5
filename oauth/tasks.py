"""Scheduled work of the protocol desk."""

from celery import shared_task

from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id
from oauth import services


@shared_task
def clear_expired() -> int:
    """Delete what nothing can refer to any more; runs every hour."""
    call = CallContext(caller=system_caller("clear-expired"), now=clock.now(), trace_id=new_id())
    return services.clear_expired(call=call)
