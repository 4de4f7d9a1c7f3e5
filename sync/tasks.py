"""What the worker does for this room."""

from celery import shared_task

from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id
from sync import conf, services
from sync.flows.delivery import deliver_waiting as deliver_all_that_waits
from sync.services import WORKER_TASK


@shared_task(name=WORKER_TASK)
def deliver_waiting() -> int:
    """Fan out and send what is due: rung after commits, and by the clock for whatever a dead worker left lying."""
    return deliver_all_that_waits(make_call=_call)


@shared_task(name="sync.tasks.clear_old_deliveries")
def clear_old_deliveries() -> int:
    """Delete deliveries whose end is long past; runs every hour."""
    return services.clear_deliveries(older_than=conf.delivery_retention(), call=_call())


def _call() -> CallContext:
    return CallContext(caller=system_caller("sync"), now=clock.now(), trace_id=current_trace_id())
