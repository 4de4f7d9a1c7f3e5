"""The deeds of the couriers: lease deliveries, write down how they ended, replay, clear away.

Locks: the connected system, its receiver, then deliveries.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

import audit.services
from audit import journal
from audit.types import EventType
from kit.call import CallContext
from kit.refusal import NotFound
from kit.unit_of_work import deed
from sync import events, rules
from sync.models import Delivery, Receiver
from sync.queries import CONTROL
from sync.services.bell import ring_couriers
from sync.services.connections import hold_connection, note_verified
from sync.services.control import VERIFICATION
from sync.services.fan_out import NOBODY
from sync.transports import TRANSPORTS
from sync.types import OPEN, Answer, Order, Outcome, State


@deed
def lease_deliveries(*, until: datetime, limit: int, call: CallContext) -> list[Order]:
    """Take deliveries that are due, at most `limit`, and keep every other courier off them `until` then.

    Of one subject and receiver there is one at a time, the earliest first; of one receiver there are no more than
    `rules.room_for` under way, over all couriers. Whose lease is over is taken like one that was never tried.
    """
    orders: list[Order] = []
    for receiver, under_way in _lock_receivers(limit, call):
        at_once = TRANSPORTS[receiver.transport].at_once
        room = rules.room_for(failures=receiver.failures, under_way=under_way, at_once=at_once)
        orders += _lease(receiver, min(room, limit - len(orders)), until, call)
    return orders


def _lock_receivers(limit: int, call: CallContext) -> list[tuple[Receiver, int]]:
    """Receivers that may be told something now, drawn by lot so that none waits behind the others, then locked.

    Locked, not passed over when another courier has them: two who looked away from each other would leave work lying.
    With each comes how many deliveries to it are under way; whoever answers well goes first.
    """
    due = Delivery.objects.filter(receiver=OuterRef("pk")).due(call.now)
    willing = Receiver.objects.filter(Q(quiet_until=None) | Q(quiet_until__lte=call.now), held=False)
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
    keys = Delivery.objects.list_next_in_line(receiver=receiver.pk, after=receiver.turn, now=call.now, limit=room)
    skip = connection.features.has_select_for_update_skip_locked
    line = Delivery.objects.due(call.now).filter(pk__in=keys).order_by("id")
    rows = list(line.select_for_update(of=("self",), skip_locked=skip))
    if not rows:
        return []
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.LEASED.value,
        attempts=F("attempts") + 1,
        next_attempt_at=until,
        sent_at=Coalesce("sent_at", Value(call.now)),
    )
    last = {row.pk: row.subject for row in rows}
    Receiver.objects.filter(pk=receiver.pk).update(turn=next(last[key] for key in reversed(keys) if key in last))
    return [_order(row, receiver) for row in rows]


@deed
def renew_leases(*, orders: Sequence[Order], until: datetime, call: CallContext) -> int:  # noqa: ARG001  every deed takes its call
    """Keep other couriers off these deliveries until then; how many of them are still the caller's."""
    attempts = {order.ref: order.attempt for order in orders}
    skip = connection.features.has_select_for_update_skip_locked  # who holds one is concluding it
    rows = Delivery.objects.select_for_update(skip_locked=skip).filter(ref__in=attempts, state=State.LEASED.value)
    ours = [row.pk for row in rows if row.attempts == attempts[row.ref]]
    return Delivery.objects.filter(pk__in=ours).update(next_attempt_at=until)


def as_order(row: Delivery) -> Order:
    """A delivery, its receiver selected with it, as whoever carries it sees it."""
    return _order(row, row.receiver)


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
        type=row.type,
        seq=row.seq,
        occurred_at=row.occurred_at,
        sealed=bytes(row.sealed) if row.sealed is not None else None,
        digest=row.digest,
    )


@deed
def confirm_delivery(*, order: Order, call: CallContext, applied: bool = False, read_back: bool = False) -> None:
    """The receiver has it; `applied`: and says that it has done it; `read_back`: and it was seen there.

    As `confirm_deliveries` for one.
    """
    arrived = Outcome(Answer.CONFIRMED, applied=applied, read_back=read_back)
    confirm_deliveries(confirmed={order: arrived}, call=call)


@deed
def confirm_deliveries(*, confirmed: Mapping[Order, Outcome], call: CallContext) -> None:
    """Receivers have these; each outcome says whether it is done there, and was seen to be.

    True also when a lease was over meanwhile, or a delivery given up. What was personal in them is forgotten. Each is
    journaled under the trace of the request that caused it.
    """
    for order in confirmed:
        if order.type == VERIFICATION:  # first: a connected system is locked before its deliveries
            note_verified(slug=order.receiver.removesuffix(CONTROL), call=call)
    troubled = _lock_troubled({(order.transport, order.receiver) for order in confirmed})
    by_ref = {order.ref: (order, outcome) for order, outcome in confirmed.items()}
    rows = Delivery.objects.filter(ref__in=by_ref).exclude(state=State.CONFIRMED.value).order_by("pk")
    ours = list(rows.select_for_update(of=("self",), no_key=True).values_list("ref", flat=True))

    alike: dict[tuple[bool, bool], list[str]] = defaultdict(list)
    for ref in ours:
        outcome = by_ref[ref][1]
        alike[outcome.applied, outcome.read_back].append(ref)
    for (applied, read_back), refs in alike.items():
        Delivery.objects.filter(ref__in=refs).update(
            state=State.CONFIRMED.value,
            confirmed_at=call.now,
            applied_at=call.now if applied else None,
            read_back_at=call.now if read_back else None,
            last_error="",
            sealed=None,
        )
    for receiver in troubled:
        _note_recovery(receiver, call)

    for ref in ours:
        order, outcome = by_ref[ref]
        told = {"applied": True} if outcome.applied else {}
        _record(events.DELIVERY_CONFIRMED, order, replace(call, trace_id=order.trace_id), **told)


def _lock_troubled(receivers: Collection[tuple[str, str]]) -> list[Receiver]:
    """Those of these receivers that keep failing, held; or else their rows would be everybody's bottleneck."""
    failing = Receiver.objects.filter(failures__gt=0, key__in={key for _, key in receivers}).order_by("pk")
    if not failing.exists():
        return []
    return [row for row in failing.select_for_update(no_key=True) if (row.transport, row.key) in receivers]


def _note_recovery(receiver: Receiver, call: CallContext) -> None:
    """A receiver that was in trouble answers again: what waits for it is due now, not when it would have been."""
    was = receiver.failures
    receiver.failures, receiver.quiet_until = 0, None
    receiver.save(update_fields=["failures", "quiet_until"])
    if was >= rules.TROUBLED_AFTER:
        waiting = Delivery.objects.filter(receiver=receiver, state=State.WAITING.value, next_attempt_at__gt=call.now)
        waiting.filter(attempts__lt=rules.POISON_AFTER).update(next_attempt_at=call.now)


@deed
def fail_delivery(*, order: Order, outcome: Outcome, call: CallContext) -> State | None:
    """An attempt came to nothing: the delivery waits for a later one, or is given up. How it stands now.

    None when it is not this attempt's business any more, because another courier took the delivery over. A receiver
    that wants nothing more is paused, and what is for it waits.
    """
    if outcome.pause:
        hold_connection(transport=order.transport, slug=order.receiver, reason=outcome.pause, call=call)
    receiver = _lock_receiver(order)
    row = _lock(order)
    if receiver is None or row is None or row.state != State.LEASED or row.attempts != order.attempt:
        return None
    again, quiet_until = _judge(row, receiver, outcome, call)

    row.last_error = outcome.code[:40]
    row.state = State.WAITING.value if again else State.DEAD.value
    row.next_attempt_at = again or call.now
    row.save(update_fields=["last_error", "state", "next_attempt_at"])
    receiver.failures = rules.failures_after(outcome, failures=receiver.failures, attempts=row.attempts)
    receiver.quiet_until = quiet_until or receiver.quiet_until
    receiver.save(update_fields=["failures", "quiet_until"])

    if again is None:
        _record(events.DELIVERY_ABANDONED, order, call, error=row.last_error, attempts=row.attempts)
    elif rules.is_alarming(row.attempts):
        _record(events.DELIVERY_UNCONFIRMED, order, call, error=row.last_error, attempts=row.attempts)
    return State(row.state)


def _judge(
    row: Delivery, receiver: Receiver, outcome: Outcome, call: CallContext
) -> tuple[datetime | None, datetime | None]:
    """When this delivery is tried again, if it is, and until when its receiver is left alone, if it is."""
    jitter = secrets.randbelow(1000) / 1000
    again = rules.next_attempt(outcome, attempts=row.attempts, now=call.now, give_up_at=row.give_up_at, jitter=jitter)
    if outcome.pause:
        again = again or call.now
    elif again and rules.is_poison(row.attempts, others_arrive=_others_arrive(row, call)):
        again = None
    failures = rules.failures_after(outcome, failures=receiver.failures, attempts=row.attempts)
    quiet = max(rules.quiet_for(outcome), rules.rest_for(failures, jitter=jitter))
    quiet_until = call.now + quiet if quiet else None
    return (max(again, quiet_until) if again and quiet_until else again), quiet_until


def _others_arrive(row: Delivery, call: CallContext) -> bool:
    """Whether the same receiver has lately taken something else. Asked only of what failed often."""
    if row.attempts < rules.POISON_AFTER:
        return False
    lately = call.now - rules.LONGEST_DELAY
    others = Delivery.objects.filter(
        receiver=row.receiver_id, state=State.CONFIRMED.value, created_at__gte=row.created_at
    )
    return others.filter(confirmed_at__gte=lately).exists()


@deed
def replay_delivery(*, ref: str, call: CallContext) -> None:
    """Have a delivery that was given up tried for another day, as the same fact. Raises NotFound.

    One that could not be addressed becomes a pending fact again, behind what has left meanwhile.
    """
    Receiver.objects.select_for_update(no_key=True).filter(deliveries__ref=ref).first()
    rows = Delivery.objects.select_related("receiver").select_for_update(of=("self",))
    row = rows.filter(ref=ref, state=State.DEAD.value).first()
    if row is None:
        raise NotFound
    if row.receiver.key == NOBODY:
        _fan_out_again(row, call)
        return

    row.state, row.attempts, row.last_error = State.WAITING.value, 0, ""
    row.next_attempt_at, row.give_up_at = call.now, call.now + TRANSPORTS[row.receiver.transport].patience
    row.save(update_fields=["state", "attempts", "last_error", "next_attempt_at", "give_up_at"])
    Receiver.objects.filter(pk=row.receiver_id).update(quiet_until=None)

    _record(events.DELIVERY_REPLAYED, _order(row, row.receiver), call)
    ring_couriers(call=call)


@deed
def replay_deliveries(*, connection: str, call: CallContext, limit: int = 1000) -> int:
    """Have what was given up for a connected system tried again, the oldest first; how many. As `replay_delivery`."""
    dead = Delivery.objects.filter(receiver__connection__slug=connection, state=State.DEAD.value)
    refs = list(dead.order_by("created_at", "id").values_list("ref", flat=True)[:limit])
    for ref in refs:
        replay_delivery(ref=ref, call=call)
    return len(refs)


def _fan_out_again(row: Delivery, call: CallContext) -> None:
    audit.services.put_back(subject=row.subject, seq=row.seq, event_id=row.event_id, call=call)
    row.delete()
    _record(events.DELIVERY_REPLAYED, _order(row, row.receiver), call)
    ring_couriers(call=call)


@deed
def clear_deliveries(*, older_than: timedelta, call: CallContext, limit: int = 10_000) -> int:
    """Delete deliveries that were made more than `older_than` ago and are confirmed or given up; how many.

    Of a customer's choices the last about each purpose stays: where it is in force is asked after years.
    """
    rows = Delivery.objects.filter(created_at__lt=call.now - older_than).exclude(state__in=OPEN)
    choices = Delivery.objects.filter(type__startswith="consent.").annotate(about=KT("facts__data__purpose"))
    later = choices.filter(
        receiver=OuterRef("receiver"), subject=OuterRef("subject"), about=OuterRef("about"), seq__gt=OuterRef("seq")
    )
    rows = rows.annotate(about=KT("facts__data__purpose"))
    rows = rows.exclude(Q(type__startswith="consent.") & ~Exists(later))
    deleted, _ = Delivery.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:limit])).delete()
    return deleted


def _lock_receiver(order: Order) -> Receiver | None:
    """The receiver of an order, held; before the delivery, always."""
    rows = Receiver.objects.filter(transport=order.transport, key=order.receiver)
    return rows.select_for_update(no_key=True).first()


def _lock(order: Order) -> Delivery | None:
    return Delivery.objects.select_for_update().filter(ref=order.ref).first()


def _record(type: EventType, order: Order, call: CallContext, **said: str | int) -> None:
    payload = {"delivery": order.ref, "transport": order.transport, "event": order.event_id, **said}
    journal.record(
        type, call=call, subject=order.subject, session=order.session, client=order.receiver, payload=payload
    )
