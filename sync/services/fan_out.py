"""From the journal to what is to be delivered."""

import logging
from collections.abc import Sequence

from django.db import InterfaceError, transaction
from django.db import OperationalError as DatabaseAway

import audit.services
from audit import journal
from audit.types import Fact
from kit.call import CallContext
from kit.unit_of_work import deed
from sync import events
from sync.models import Delivery, Receiver
from sync.queries import list_chosen_types
from sync.transports import TRANSPORTS
from sync.types import Addressee, State

_log = logging.getLogger(__name__)

_OURS = (events.STATE_REPEATED.name, events.CANARY_WRITTEN.name)  # what one system is told that nobody chooses
NOBODY = ""
"""The key of the receiver that stands for those who could not be found out."""


@deed
def fan_out(*, call: CallContext, limit: int = 500, wait: bool = False) -> int:
    """Turn pending facts into deliveries, one for each receiver, each subject's in their order; how many facts.

    In one transaction with taking them: a fact is pending or fanned out, whoever dies when. With `wait` a subject that
    somebody is busy with is waited for; see `audit.services.take_pending`. A fact for which a transport finds nobody to
    tell, because it breaks down, holds up no other: it lies among the deliveries that were given up.
    """
    facts = audit.services.take_pending(limit=limit, wait=wait, call=call)
    wants = _wanted_by_transport() if facts else {}
    addressed = [
        (fact, name, addressee)
        for name, wanted in wants.items()
        for fact, addressee in _address_all([fact for fact in facts if fact.type in wanted], name)
    ]
    if addressed:
        _write(addressed, call)
    return len(facts)


def _wanted_by_transport() -> dict[str, frozenset[str]]:
    """What each transport carries: its own types of facts, or those that connected systems of its kind chose."""
    chosen = {str(kind): types.union(_OURS) for kind, types in list_chosen_types().items()}
    return {
        name: transport.wants if transport.wants is not None else chosen.get(name, frozenset())
        for name, transport in TRANSPORTS.items()
    }


def _address_all(facts: Sequence[Fact], transport: str) -> list[tuple[Fact, Addressee]]:
    """Whom a transport tells of each fact: one savepoint for all, or one for each where one of them breaks down."""
    if not facts:
        return []
    try:
        with transaction.atomic():
            return [(fact, each) for fact in facts for each in TRANSPORTS[transport].address(fact)]
    except (DatabaseAway, InterfaceError):
        raise  # no fault of these facts: all of them stay pending
    except Exception:  # noqa: BLE001  whichever it was is found out one by one, and told
        return [(fact, each) for fact in facts for each in _address(fact, transport)]


def _address(fact: Fact, transport: str) -> list[Addressee]:
    try:
        with transaction.atomic():  # whatever a statement of its does to the transaction stays in here
            return TRANSPORTS[transport].address(fact)
    except (DatabaseAway, InterfaceError):
        raise  # no fault of this fact: all of them stay pending
    except Exception as error:  # noqa: BLE001  one fact that cannot be addressed must not keep the others from leaving
        _log.error("a fact cannot be addressed: %s", type(error).__name__, extra={"event": fact.event_id})
        return [Addressee(key=NOBODY)]


def _write(addressed: Sequence[tuple[Fact, str, Addressee]], call: CallContext) -> None:
    receivers = _receivers({(name, addressee.key) for _, name, addressee in addressed})
    rows = [_delivery(fact, receivers[name, each.key], each, call) for fact, name, each in addressed]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)  # the same fact is never told twice
    for row in rows:
        if row.receiver.key == NOBODY:
            payload = {"delivery": row.ref, "transport": row.receiver.transport, "event": row.event_id}
            journal.record(
                events.DELIVERY_ABANDONED,
                call=call,
                subject=row.subject,
                session=row.session,
                payload={**payload, "error": row.last_error, "attempts": 0},
            )


def _receivers(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Receiver]:
    fresh = [Receiver(transport=transport, key=key) for transport, key in sorted(wanted)]
    Receiver.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = Receiver.objects.filter(key__in={key for _, key in wanted})
    return {(row.transport, row.key): row for row in rows}


def _delivery(fact: Fact, receiver: Receiver, addressee: Addressee, call: CallContext) -> Delivery:
    known = addressee.key != NOBODY
    return Delivery(
        receiver=receiver,
        event_id=fact.event_id + addressee.part,
        subject=fact.subject,
        seq=fact.seq,
        session=fact.session,
        type=addressee.type or fact.type,
        occurred_at=fact.occurred_at,
        facts=dict(addressee.facts),
        sealed=addressee.sealed,
        digest=addressee.digest,
        trace_id=fact.trace_id,
        state=(State.WAITING if known else State.DEAD).value,
        last_error="" if known else "cannot_be_addressed",
        created_at=call.now,
        next_attempt_at=call.now,
        give_up_at=call.now + TRANSPORTS[receiver.transport].patience,
    )
