"""Scheduled work on delegations."""

from celery import shared_task

from delegation import conf, services
from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id

_MOST_ROUNDS = 100


@shared_task(name="delegation.tasks.end_abandoned_sessions")
def end_abandoned_sessions() -> int:
    """End what staff left running who signed out; runs every minute."""
    return services.end_abandoned_sessions(call=_call())


@shared_task(name="delegation.tasks.clear_old_delegations")
def clear_old_delegations() -> int:
    """Delete delegations of long ago; runs every hour."""
    cleared = 0
    for _ in range(_MOST_ROUNDS):
        in_this_round = services.clear_old_delegations(older_than=conf.delegation_retention(), call=_call())
        cleared += in_this_round
        if not in_this_round:
            break
    return cleared


def _call() -> CallContext:
    return CallContext(caller=system_caller("delegation"), now=clock.now(), trace_id=current_trace_id())
