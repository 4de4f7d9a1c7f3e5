"""Scheduled work of the judge: how everybody comes is counted anew, and step-ups that are over go."""

from datetime import timedelta

from celery import shared_task

from assurance import services
from assurance.flows.step_up import clear_step_ups
from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id

_STEP_UPS_KEPT = timedelta(days=1)


@shared_task(name="assurance.tasks.learn_population")
def learn_population() -> int:
    """Make a new snapshot of everybody's habits, and drop those that no decision needs; runs every hour."""
    call = CallContext(caller=system_caller("assurance"), now=clock.now(), trace_id=current_trace_id())
    return services.learn_population(call=call)


@shared_task(name="assurance.tasks.clear_old_step_ups")
def clear_old_step_ups() -> int:
    """Delete step-ups that expired a day ago; runs every hour."""
    call = CallContext(caller=system_caller("assurance"), now=clock.now(), trace_id=current_trace_id())
    return clear_step_ups(older_than=_STEP_UPS_KEPT, call=call)
