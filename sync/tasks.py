"""What the worker does for this room."""

from datetime import timedelta

from celery import shared_task

import resolution.services
from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id
from sync import conf, services
from sync.flows.delivery import deliver_waiting as deliver_all_that_waits
from sync.flows.silence import listen
from sync.queries import list_feeds
from sync.services import WORKER_TASK


@shared_task(name=WORKER_TASK)
def deliver_waiting() -> int:
    """Fan out and send what is due: rung after commits, and by the clock for whatever a dead worker left lying."""
    return deliver_all_that_waits(make_call=_call)


@shared_task(name="sync.tasks.clear_old_deliveries")
def clear_old_deliveries() -> int:
    """Delete deliveries whose end is long past, and give up what nobody fetches; runs every hour."""
    services.give_up_unfetched(call=_call())
    services.clear_heard_tokens(older_than=conf.delivery_retention() + timedelta(days=1), call=_call())
    return services.clear_deliveries(older_than=conf.delivery_retention(), call=_call())


@shared_task(name="sync.tasks.listen_for_silence")
def listen_for_silence() -> int:
    """Look at the connected systems that are due; runs by the clock, more often than any of them."""
    return listen(make_call=_call)


@shared_task(name="sync.tasks.clear_old_rounds")
def clear_old_rounds() -> int:
    """Delete what was written down of rounds that are long past; runs every hour."""
    return services.clear_rounds(older_than=conf.delivery_retention(), call=_call())


@shared_task(name="sync.tasks.check_feeds")
def check_feeds() -> int:
    """Look at the fuse of every feed and transmitter by the clock; runs every minute."""
    services.check_transmitters(call=_call())
    feeds = list_feeds(now=clock.now())
    for feed in feeds:
        services.check_feed(slug=feed.slug, call=_call())
    resolution.services.rule_outdated(call=_call())
    return len(feeds)


@shared_task(name="sync.tasks.clear_old_batches")
def clear_old_batches() -> int:
    """Delete deliveries of feeds that are long past, and what they said that counts no more; runs every hour."""
    return services.clear_batches(older_than=conf.batch_retention(), call=_call())


def _call() -> CallContext:
    return CallContext(caller=system_caller("sync"), now=clock.now(), trace_id=current_trace_id())
