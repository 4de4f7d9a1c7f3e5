"""Scheduled work on sessions: what has ended long ago goes."""

from collections.abc import Callable
from datetime import timedelta

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
    return _in_rounds(services.clear_old_sessions, conf.session_retention())


@shared_task(name="sessions_hub.tasks.clear_old_handoffs")
def clear_old_handoffs() -> int:
    """Delete tickets that expired a day ago; runs every hour."""
    return _in_rounds(services.clear_old_handoffs, conf.HANDOFF_RETENTION)


def _in_rounds(clear: Callable[..., int], older_than: timedelta) -> int:
    cleared = 0
    for _ in range(MOST_ROUNDS):
        in_this_round = clear(older_than=older_than, call=_call())
        cleared += in_this_round
        if not in_this_round:
            break
    return cleared


def _call() -> CallContext:
    return CallContext(caller=system_caller("sessions"), now=clock.now(), trace_id=current_trace_id())
