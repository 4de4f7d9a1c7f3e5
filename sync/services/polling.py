"""What waits for a stream that fetches (RFC 8936): offered until it is acknowledged, each subject's in their order."""

from collections.abc import Mapping

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed
from sync import events, rules
from sync.models import Connection, Delivery, Receiver
from sync.queries import CONTROL, line_of
from sync.services.deliveries import as_order, confirm_delivery
from sync.types import Kind, Offered, PollAsk, Standing, State, StreamState


@deed
def conclude_poll(*, stream: StreamState, ask: PollAsk, call: CallContext) -> None:
    """What a receiver says of what it was given: taken, or refused with a code. What it does not have is passed over.

    A refused one is not offered again; it lies among those given up.
    """
    rows = _lock_open(stream, [*ask.taken, *ask.errors])
    for row in rows:
        if row.ref in ask.errors:
            _give_up(row, rules.name_fault(ask.errors[row.ref]), call)
        else:
            confirm_delivery(order=as_order(row), call=call)


@deed
def offer_deliveries(*, stream: StreamState, limit: int, call: CallContext) -> Offered:
    """The next for a receiver, at most `limit`: of each subject the first, whether or not it was offered before."""
    its_own = {"receiver__transport": Kind.SSF_POLL.value, "receiver__key__in": line_of(stream)}
    receivers = Receiver.objects.filter(transport=Kind.SSF_POLL.value, key__in=line_of(stream))
    first = [
        key
        for receiver in receivers.values_list("pk", flat=True)
        for key in Delivery.objects.list_next_in_line(receiver=receiver, after="", now=call.now, limit=limit)
    ]
    rows = list(Delivery.objects.filter(pk__in=first).select_related("receiver").order_by("created_at", "id")[:limit])
    offered = [row.pk for row in rows]
    Delivery.objects.open().filter(pk__in=offered).update(
        attempts=F("attempts") + 1, sent_at=Coalesce("sent_at", Value(call.now))
    )
    more = Delivery.objects.open().filter(**its_own).exclude(pk__in=offered).exists()
    return Offered(orders=tuple(as_order(row) for row in rows), more=more)


@deed
def give_up_offered(*, stream: StreamState, codes: Mapping[str, str], call: CallContext) -> None:
    """What cannot be told any more is given up, by ref and why."""
    for row in _lock_open(stream, list(codes)):
        _give_up(row, codes[row.ref], call)


@deed
def give_up_unfetched(*, call: CallContext, limit: int = 1000) -> int:
    """Give up what nobody has fetched in its time; how many. What waits for a paused stream stays."""
    rows = Delivery.objects.open().filter(receiver__transport=Kind.SSF_POLL.value, give_up_at__lte=call.now)
    paused = Connection.objects.filter(kind=Kind.SSF_POLL.value, standing=Standing.PAUSED.value)
    rows = rows.exclude(receiver__in=paused.values("receiver")).select_related("receiver")
    found = list(rows.select_for_update(of=("self",), skip_locked=False).order_by("id")[:limit])
    for row in found:
        _give_up(row, "never_fetched", call)
    return len(found)


def _lock_open(stream: StreamState, refs: list[str]) -> list[Delivery]:
    """Open deliveries of a stream, held; its connected system first, so that two who fetch wait for each other."""
    if not refs:
        return []
    Connection.objects.select_for_update(of=("self",), no_key=True).filter(slug=stream.stream_id).first()
    keys = [stream.stream_id, stream.stream_id + CONTROL]
    known = [each for each in refs if len(each) <= 40 and each.isprintable()]
    rows = Delivery.objects.open().filter(receiver__transport=Kind.SSF_POLL.value, receiver__key__in=keys)
    rows = rows.filter(ref__in=known).select_related("receiver")
    return list(rows.select_for_update(of=("self",)).order_by("id"))


def _give_up(row: Delivery, code: str, call: CallContext) -> None:
    row.state, row.last_error = State.DEAD.value, code[:40]
    row.save(update_fields=["state", "last_error"])
    payload = {"delivery": row.ref, "transport": row.receiver.transport, "event": row.event_id}
    journal.record(
        events.DELIVERY_ABANDONED,
        call=call,
        subject=row.subject,
        session=row.session,
        client=row.receiver.key,
        payload={**payload, "error": row.last_error, "attempts": row.attempts},
    )
