"""From the journal to the receivers: facts are fanned out, deliveries leased, sent side by side, and written down.

    waiting --lease--> leased --200--> confirmed
                         | failed, will be tried again --> waiting (later)
                         | refused too often, or a day is over --> dead --replay--> waiting
                         | courier gone, lease over --> taken by another

A lease is short and made longer while its courier lives: a dead one's room at a receiver is free again within seconds.
No lock is held and no transaction is open while a receiver thinks. One courier works in each process, whoever rings:
it sends to many receivers at a time, from threads that know no database, and never waits for the slow ones among them.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from audit.queries import has_pending
from kit.call import CallContext
from kit.trace import traced
from sync import services
from sync.queries import has_due
from sync.transports import TRANSPORTS
from sync.types import Answer, Order, Outcome, State

_log = logging.getLogger(__name__)

TRANSITIONS = {
    "waiting": ("leased",),
    "leased": ("confirmed", "waiting", "dead"),
    "dead": ("waiting", "confirmed"),
    "confirmed": (),
}
LEASE = timedelta(seconds=8)  # soon enough after a courier's death; whoever lives has it made longer
RENEW_WITHIN = timedelta(seconds=5)
SENDERS = 64
LOOK_UP_EVERY = 1.0
GATHER = 0.003  # seconds: what comes back together is written down together

MakeCall = Callable[[], CallContext]


def deliver_waiting(*, make_call: MakeCall, seconds: float = 20.0) -> int:
    """Fan out and send whatever is due until nothing is, for about `seconds`; how many attempts were made.

    `make_call` gives a call with the present time. While a courier of this process is at work the next one only tells
    it that there is more, and answers 0. When the time is over with work left, the bell is rung for another.
    """
    if not _BELL.answer():
        return 0
    try:
        return _Round(make_call, deadline=time.monotonic() + seconds).work()
    except BaseException:
        _BELL.leave()
        raise


class _Bell:
    """Who is at work in this process, and whether somebody has rung since he last looked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work = False
        self.rung = threading.Event()

    def answer(self) -> bool:
        """Whether whoever rings goes to work himself, because nobody is."""
        with self._lock:
            self.rung.set()
            if self._at_work:
                return False
            self._at_work = True
            return True

    def may_rest(self) -> bool:
        """Stop working, unless somebody has rung meanwhile."""
        with self._lock:
            if self.rung.is_set():
                return False
            self._at_work = False
            return True

    def leave(self) -> None:
        """Stop working, whoever has rung: the next one who rings goes to work."""
        with self._lock:
            self._at_work = False


_BELL = _Bell()


class _Round:
    """One courier at work: what he has under way."""

    def __init__(self, make_call: MakeCall, *, deadline: float) -> None:
        self._make_call = make_call
        self._deadline = deadline
        self._under_way: dict[Future[Outcome], Order] = {}
        self._leased_until: dict[str, datetime] = {}
        self._attempts = 0

    def work(self) -> int:
        """Work until nothing is due and nothing under way, or the time is over."""
        while True:
            _BELL.rung.clear()
            self._write_down()
            self._renew()
            in_time = time.monotonic() < self._deadline
            taken = self._take_more() if in_time else 0
            if self._under_way:
                _BELL.rung.wait(LOOK_UP_EVERY)
                time.sleep(GATHER)
            elif not in_time:
                self._hand_on()
                return self._attempts
            elif not taken and _BELL.may_rest():
                return self._attempts

    def _hand_on(self) -> None:
        """The time is over: let another task go on, so that a worker told to stop can stop."""
        _BELL.leave()
        call = self._make_call()
        if has_due(now=call.now) or _BELL.rung.is_set():
            services.ring_couriers(call=call)

    def _renew(self) -> None:
        """Keep others off what is still under way: a receiver may think for longer than a lease lasts."""
        call = self._make_call()
        until, soon = call.now + LEASE, call.now + RENEW_WITHIN
        if orders := [order for order in self._under_way.values() if self._leased_until[order.ref] < soon]:
            services.renew_leases(orders=orders, until=until, call=call)
            self._leased_until.update({order.ref: until for order in orders})

    def _take_more(self) -> int:
        """One step of fanning out, one of leasing: a flood in the journal does not keep what is due from leaving."""
        fanned = self._fan_out()
        call = self._make_call()
        room = SENDERS - len(self._under_way)
        orders = services.lease_deliveries(until=call.now + LEASE, limit=room, call=call) if room else []
        for order in orders:
            self._leased_until[order.ref] = call.now + LEASE
            self._send(order, call)
        if fanned:
            _BELL.rung.set()  # there may be more
        return fanned + len(orders)

    def _fan_out(self) -> int:
        if not has_pending():  # cheaper than a transaction that finds nothing
            return 0
        return services.fan_out(call=self._make_call()) or services.fan_out(call=self._make_call(), wait=True)

    def _send(self, order: Order, call: CallContext) -> None:
        self._attempts += 1
        try:
            act = TRANSPORTS[order.transport].prepare(order, call.now)
        except Exception as error:  # noqa: BLE001  one that cannot be made must not keep the others from leaving
            _log.error("a delivery cannot be made: %s", type(error).__name__, extra={"delivery": order.ref})
            self._conclude(order, Outcome(Answer.FAILED, "cannot_be_made"))
            return
        future = _senders().submit(act)
        self._under_way[future] = order
        future.add_done_callback(lambda _: _BELL.rung.set())

    def _write_down(self) -> None:
        """What has come back by now; all that arrived is one transaction."""
        arrived: dict[Order, Outcome] = {}
        for future in [each for each in self._under_way if each.done()]:
            order = self._under_way.pop(future)
            self._leased_until.pop(order.ref)
            if error := future.exception():
                _log.error("a transport broke down: %s", type(error).__name__, extra={"delivery": order.ref})
            outcome = Outcome(Answer.FAILED, "transport_broke") if error else future.result()
            if outcome.answer is Answer.CONFIRMED:
                arrived[order] = outcome
            else:
                self._conclude(order, outcome)
        for order, outcome in arrived.items():
            if outcome.digest not in (None, order.digest):
                services.note_told(order=order, digest=outcome.digest, call=self._make_call())
        if arrived:
            services.confirm_deliveries(confirmed=arrived, call=self._make_call())
        for order in arrived:
            with traced(order.trace_id):
                _log.info("delivered", extra=_facts(order))

    def _conclude(self, order: Order, outcome: Outcome) -> None:
        trace_id = order.trace_id  # whoever rang, this belongs to the request that caused it
        with traced(trace_id):
            call = replace(self._make_call(), trace_id=trace_id)
            state = services.fail_delivery(order=order, outcome=outcome, call=call)
            said = "delivery given up" if state is State.DEAD else "delivery not confirmed"
            _log.warning(said, extra=_facts(order) | {"reason": outcome.code})


def _facts(order: Order) -> dict[str, str | int]:
    return {"delivery": order.ref, "transport": order.transport, "receiver": order.receiver, "attempt": order.attempt}


@lru_cache(maxsize=1)
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=SENDERS, thread_name_prefix="courier")
