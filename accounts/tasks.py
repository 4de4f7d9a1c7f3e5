"""Scheduled work on accounts: sign-ups that nobody finished go."""

from celery import shared_task

from accounts import conf, queries, services
from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id

MOST_AT_ONCE = 1000


@shared_task(name="accounts.tasks.clear_unverified_accounts")
def clear_unverified_accounts() -> int:
    """Erase accounts whose address nobody proved in time; runs every hour. One deed each: none waits for another."""
    call = CallContext(caller=system_caller("accounts"), now=clock.now(), trace_id=current_trace_id())
    limit = conf.unverified_lifetime()
    waiting = queries.list_unverified(before=call.now - limit, limit=MOST_AT_ONCE)
    return sum(services.clear_unverified_account(sub=sub, older_than=limit, call=call) for sub in waiting)
