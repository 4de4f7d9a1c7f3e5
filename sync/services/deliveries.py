"""The deeds of the couriers: fan facts out, lease deliveries, write down how they ended, replay, clear away."""

import logging
import secrets
from datetime import datetime, timedelta

from celery import current_app
from django.db import InterfaceError, connection, transaction
from django.db import OperationalError as DatabaseAway
from django.db.models import Count, Exists, F, OuterRef, Q
from kombu.exceptions import OperationalError

import audit.services
from audit import journal
from audit.types import EventType, Fact
from kit.call import CallContext
from kit.refusal import NotFound
from kit.unit_of_work import current_unit_of_work, deed
from sync import events, rules
from sync.models import Delivery, Receiver
from sync.transports import TRANSPORTS
from sync.types import OPEN, Addressee, Order, Outcome, State

_log = logging.getLogger(__name__)

WORKER_TASK = "sync.tasks.deliver_waiting"
_RUNG = "sync.rung"
NOBODY = ""
"""The key of the receiver that stands for those who could not be found out."""


@deed
def ring_couriers(*, call: CallContext) -> None:  # noqa: ARG001  every deed takes its call
    """Wake the couriers after the commit. They look around by the clock anyway: a silent bell is only slower."""
    notes = current_unit_of_work().notes
    if _RUNG not in notes:  # once for each commit, however many facts it has
        notes[_RUNG] = True
        transaction.on_commit(_ring, robust=True)


def _ring() -> None:
    try:
        current_app.send_task(WORKER_TASK, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        _log.warning("the couriers could not be rung: %s", type(error).__name__)


@deed
def fan_out(*, call: CallContext, limit: int = 500, wait: bool = False) -> int:
    """Turn pending facts into deliveries, one for each receiver, each subject's in their order; how many facts.

    In one transaction with taking them: a fact is pending or fanned out, whoever dies when. With `wait` a subject that
    somebody is busy with is waited for; see `audit.services.take_pending`. A fact for which a transport finds nobody to
    tell, because it breaks down, holds up no other: it lies among the deliveries that were given up.
    """
    facts = audit.services.take_pending(limit=limit, wait=wait, call=call)
    addressed = [
        (fact, name, addressee)
        for fact in facts
        for name, transport in TRANSPORTS.items()
        if fact.type in transport.wants
        for addressee in _address(fact, name)
    ]
    if addressed:
        receivers = _receivers({(name, addressee.key) for _, name, addressee in addressed})
        rows = [_delivery(fact, receivers[name, each.key], each, call) for fact, name, each in addressed]
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)  # the same fact is never told twice
        for row in rows:
            if row.receiver.key == NOBODY:
                _record(events.DELIVERY_ABANDONED, _order(row, row.receiver), call, error=row.last_error, attempts=0)
    return len(facts)


def _address(fact: Fact, transport: str) -> list[Addressee]:
    try:
        with transaction.atomic():  # whatever a statement of its does to the transaction stays in here
            return TRANSPORTS[transport].address(fact)
    except (DatabaseAway, InterfaceError):
        raise  # no fault of this fact: all of them stay pending
    except Exception as error:  # noqa: BLE001  one fact that cannot be addressed must not keep the others from leaving
        _log.error("a fact cannot be addressed: %s", type(error).__name__, extra={"event": fact.event_id})
        return [Addressee(key=NOBODY)]


def _receivers(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Receiver]:
    fresh = [Receiver(transport=transport, key=key) for transport, key in sorted(wanted)]
    Receiver.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = Receiver.objects.filter(key__in={key for _, key in wanted})
    return {(row.transport, row.key): row for row in rows}


def _delivery(fact: Fact, receiver: Receiver, addressee: Addressee, call: CallContext) -> Delivery:
    return Delivery(
        receiver=receiver,
        event_id=fact.event_id,
        subject=fact.subject,
        seq=fact.seq,
        session=fact.session,
        facts=dict(addressee.facts),
        trace_id=fact.trace_id,
        state=(State.WAITING if addressee.key != NOBODY else State.DEAD).value,
        last_error="" if addressee.key != NOBODY else "cannot_be_addressed",
        created_at=call.now,
        next_attempt_at=call.now,
        give_up_at=call.now + rules.PATIENCE,
    )


@deed
def lease_deliveries(*, until: datetime, limit: int, call: CallContext) -> list[Order]:
    """Take deliveries that are due, at most `limit`, and keep every other courier off them `until` then.

    Of one subject and receiver there is one at a time, the earliest first; of one receiver there are no more than
    `rules.room_for` under way, over all couriers. Whose lease is over is taken like one that was never tried.
    """
    orders: list[Order] = []
    for receiver, under_way in _lock_receivers(limit, call):
        room = min(rules.room_for(failures=receiver.failures, under_way=under_way), limit - len(orders))
        orders += _lease(receiver, room, until, call)
    return orders


def _lock_receivers(limit: int, call: CallContext) -> list[tuple[Receiver, int]]:
    """Receivers that may be told something now, drawn by lot so that none waits behind the others, then locked.

    Locked, not passed over when another courier has them: two who looked away from each other would leave work lying.
    With each comes how many deliveries to it are under way; whoever answers well goes first.
    """
    due = Delivery.objects.filter(receiver=OuterRef("pk")).due(call.now)
    willing = Receiver.objects.filter(Q(quiet_until=None) | Q(quiet_until__lte=call.now))
    drawn = list(willing.filter(Exists(due)).order_by("?").values_list("pk", flat=True)[:limit])
    if not drawn:
        return []
    locked = list(Receiver.objects.filter(pk__in=drawn).select_for_update(no_key=True).order_by("pk"))
    counts = Delivery.objects.under_way(call.now).filter(receiver__in=drawn).order_by().values("receiver")
    under_way = dict(counts.annotate(count=Count("pk")).values_list("receiver", "count"))
    return sorted(((row, under_way.get(row.pk, 0)) for row in locked), key=lambda each: (each[0].failures > 0, each[1]))


def _lease(receiver: Receiver, room: int, until: datetime, call: CallContext) -> list[Order]:
    if room <= 0:
        return []
    skip = connection.features.has_select_for_update_skip_locked
    line = Delivery.objects.next_in_line(call.now).filter(receiver=receiver).order_by("next_attempt_at", "id")
    rows = list(line.select_for_update(of=("self",), skip_locked=skip)[:room])
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.LEASED.value, attempts=F("attempts") + 1, next_attempt_at=until
    )
    return [_order(row, receiver) for row in rows]


def _order(row: Delivery, receiver: Receiver) -> Order:
    return Order(
        ref=row.ref,
        transport=receiver.transport,
        receiver=receiver.key,
        event_id=row.event_id,
        subject=row.subject,
        session=row.session,
        trace_id=row.trace_id,
        attempt=row.attempts + 1,
        facts=row.facts,
    )


@deed
def confirm_delivery(*, order: Order, call: CallContext) -> None:
    """The receiver has it. That stays true when the lease was over meanwhile, or the delivery given up."""
    row = _lock(order)
    if row is None or row.state == State.CONFIRMED:
        return

    row.state, row.confirmed_at, row.last_error = State.CONFIRMED.value, call.now, ""
    row.save(update_fields=["state", "confirmed_at", "last_error"])
    Receiver.objects.filter(pk=row.receiver_id, failures__gt=0).update(failures=0, quiet_until=None)

    _record(events.DELIVERY_CONFIRMED, order, call)


@deed
def fail_delivery(*, order: Order, outcome: Outcome, call: CallContext) -> State | None:
    """An attempt came to nothing: the delivery waits for a later one, or is given up. How it stands now.

    None when it is not this attempt's business any more, because another courier took the delivery over.
    """
    row = _lock(order)
    if row is None or row.state != State.LEASED or row.attempts != order.attempt:
        return None
    jitter = secrets.randbelow(1000) / 1000
    again = rules.next_attempt(outcome, attempts=row.attempts, now=call.now, give_up_at=row.give_up_at, jitter=jitter)

    row.last_error = outcome.code[:40]
    row.state = State.WAITING.value if again else State.DEAD.value
    row.next_attempt_at = again or call.now
    row.save(update_fields=["last_error", "state", "next_attempt_at"])
    quiet = rules.quiet_for(outcome)
    Receiver.objects.filter(pk=row.receiver_id).update(
        failures=F("failures") + 1, **({"quiet_until": call.now + quiet} if quiet else {})
    )

    if again is None:
        _record(events.DELIVERY_ABANDONED, order, call, error=row.last_error, attempts=row.attempts)
    elif rules.is_alarming(row.attempts):
        _record(events.DELIVERY_UNCONFIRMED, order, call, error=row.last_error, attempts=row.attempts)
    return State(row.state)


@deed
def replay_delivery(*, ref: str, call: CallContext) -> None:
    """Have a delivery that was given up tried for another day, as the same fact. Raises NotFound.

    One that could not be addressed becomes a pending fact again, behind what has left meanwhile.
    """
    rows = Delivery.objects.select_related("receiver").select_for_update(of=("self",))
    row = rows.filter(ref=ref, state=State.DEAD.value).first()
    if row is None:
        raise NotFound
    if row.receiver.key == NOBODY:
        _fan_out_again(row, call)
        return

    row.state, row.attempts, row.last_error = State.WAITING.value, 0, ""
    row.next_attempt_at, row.give_up_at = call.now, call.now + rules.PATIENCE
    row.save(update_fields=["state", "attempts", "last_error", "next_attempt_at", "give_up_at"])
    Receiver.objects.filter(pk=row.receiver_id).update(quiet_until=None)

    _record(events.DELIVERY_REPLAYED, _order(row, row.receiver), call)
    ring_couriers(call=call)


def _fan_out_again(row: Delivery, call: CallContext) -> None:
    audit.services.put_back(subject=row.subject, seq=row.seq, event_id=row.event_id, call=call)
    row.delete()
    _record(events.DELIVERY_REPLAYED, _order(row, row.receiver), call)
    ring_couriers(call=call)


@deed
def clear_deliveries(*, older_than: timedelta, call: CallContext, limit: int = 10_000) -> int:
    """Delete deliveries that were made more than `older_than` ago and are confirmed or given up; how many."""
    rows = Delivery.objects.filter(created_at__lt=call.now - older_than).exclude(state__in=OPEN)
    deleted, _ = Delivery.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:limit])).delete()
    return deleted


def _lock(order: Order) -> Delivery | None:
    return Delivery.objects.select_for_update().filter(ref=order.ref).first()


def _record(type: EventType, order: Order, call: CallContext, **said: str | int) -> None:
    payload = {"delivery": order.ref, "transport": order.transport, "event": order.event_id, **said}
    journal.record(
        type, call=call, subject=order.subject, session=order.session, client=order.receiver, payload=payload
    )
