"""Scheduled work on sessions: what has ended long ago goes."""

from celery import shared_task

from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id
from sessions_hub import conf, services

MOST_ROUNDS = 100


@shared_task(name="sessions_hub.tasks.clear_browser_sessions")
def clear_browser_sessions() -> int:
    """Delete browser sessions that have expired; runs every hour."""
    return services.clear_browser_sessions(call=_call())


@shared_task(name="sessions_hub.tasks.clear_old_sessions")
def clear_old_sessions() -> int:
    """Delete sessions and devices that nobody has needed for long; runs every hour."""
    cleared = 0
    for _ in range(MOST_ROUNDS):
        in_this_round = services.clear_old_sessions(older_than=conf.session_retention(), call=_call())
        cleared += in_this_round
        if not in_this_round:
            break
    return cleared


def _call() -> CallContext:
    return CallContext(caller=system_caller("sessions"), now=clock.now(), trace_id=current_trace_id())
