"""What waits in the tables, counted when somebody asks: the journal's tail, the fan-out, deliveries, the outbox."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

import accounts.queries
import audit.queries
import notifications.queries
import sync.queries
from kit import clock
from kit.fresh import Fresh

_KEEP_SECONDS = 5.0  # however many ask, the tables are counted this seldom


class WaitingWork(Collector):
    """What waits, asked from the tables: the journal's tail, the fan-out, the outbox."""

    def __init__(self) -> None:
        self._counted: Fresh[dict[str, float]] = Fresh(lambda _: _count_waiting(clock.now()), seconds=_KEEP_SECONDS)
        self._incidents: Fresh[Metric] = Fresh(lambda _: _count_incidents(), seconds=_KEEP_SECONDS)

    def collect(self) -> Iterable[Metric]:
        """One gauge for each count."""
        values = self._counted.get()
        for name, meaning in _WAITING.items():
            yield GaugeMetricFamily(name, meaning, value=values[name])
        yield self._incidents.get()

    def describe(self) -> Iterator[Metric]:
        """Nothing to say in advance: registering must not read the database."""
        return iter(())


_WAITING = {
    "throughline_journal_unsealed": "Facts that wait for the next seal (counted up to 10 000).",
    "throughline_journal_unsealed_seconds": "How long the oldest fact has been waiting for its seal.",
    "throughline_journal_pending": "Facts that wait for fan-out (counted up to 10 000).",
    "throughline_outbox_waiting": "Messages that are neither sent nor given up.",
    "throughline_outbox_waiting_seconds": "How long the oldest message has been waiting.",
    "throughline_outbox_failed": "Messages that were given up and not yet cleared away.",
    "throughline_journal_pending_seconds": "How long the oldest fact has been waiting for fan-out.",
    "throughline_deliveries_waiting": "Deliveries that no receiver has confirmed yet (counted up to 10 000).",
    "throughline_deliveries_waiting_seconds": "How long the oldest delivery has been waiting.",
    "throughline_deliveries_dead": "Deliveries that were given up and wait for an operator (counted up to 10 000).",
    "throughline_sync_unwatched_seconds": "How long ago the least watched connected system was looked at.",
    "throughline_accounts_unverified": "Accounts whose address nobody has proved (counted up to 10 000).",
}


def _count_waiting(now: datetime) -> dict[str, float]:
    deliveries = sync.queries.get_backlog()
    return {
        "throughline_journal_unsealed": audit.queries.count_unsealed(limit=10_000),
        "throughline_journal_unsealed_seconds": _age(audit.queries.find_oldest_unsealed(), now),
        "throughline_journal_pending": audit.queries.count_pending(limit=10_000),
        "throughline_outbox_waiting": notifications.queries.count_waiting(),
        "throughline_outbox_waiting_seconds": _age(notifications.queries.find_oldest_waiting(), now),
        "throughline_outbox_failed": notifications.queries.count_failed(),
        "throughline_journal_pending_seconds": _age(audit.queries.find_oldest_pending(), now),
        "throughline_deliveries_waiting": deliveries.waiting,
        "throughline_deliveries_waiting_seconds": _age(deliveries.oldest, now),
        "throughline_deliveries_dead": deliveries.dead,
        "throughline_sync_unwatched_seconds": _age(sync.queries.find_least_watched(), now),
        "throughline_accounts_unverified": accounts.queries.count_unverified(limit=10_000),
    }


def _count_incidents() -> Metric:
    """One value for each connected system with which something is wrong."""
    meaning = "Subjects that an open incident of a connected system concerns; 1 where it concerns the system itself."
    family = GaugeMetricFamily("throughline_sync_incidents", meaning, labels=["system", "trouble"])
    for (slug, trouble), subjects in sync.queries.count_incidents().items():
        family.add_metric([slug, trouble], subjects)
    return family


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


WAITING_WORK = WaitingWork()
