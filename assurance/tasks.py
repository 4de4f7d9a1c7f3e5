"""Scheduled work of the judge: how everybody comes is counted anew."""

from celery import shared_task

from assurance import services
from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id


@shared_task(name="assurance.tasks.learn_population")
def learn_population() -> int:
    """Make a new snapshot of everybody's habits, and drop those that no decision needs; runs every hour."""
    call = CallContext(caller=system_caller("assurance"), now=clock.now(), trace_id=current_trace_id())
    return services.learn_population(call=call)
