"""What a stream is told about itself (SSF 1.0 sections 8.1.4, 8.1.5). It leaves also while the stream is paused."""

from datetime import timedelta
from typing import Any

from kit.call import CallContext
from kit.ids import new_id
from sync import rules
from sync.models import Connection, Delivery, Receiver
from sync.queries import CONTROL
from sync.services.bell import ring_couriers
from sync.types import Standing

VERIFICATION = "stream.verification"
STREAM_UPDATED = "stream.updated"
_URIS = {VERIFICATION: rules.VERIFICATION, STREAM_UPDATED: rules.STREAM_UPDATED}
_PATIENCE = {VERIFICATION: timedelta(hours=1), STREAM_UPDATED: timedelta(days=1)}


def tell_stream(row: Connection, type: str, payload: dict[str, Any], call: CallContext) -> str:
    """Put an event about a stream in its line; the `jti` that it will have. Part of an open deed."""
    held = row.kind in rules.PULLED
    receiver, _ = Receiver.objects.get_or_create(transport=row.kind, key=row.slug + CONTROL, defaults={"held": held})
    delivery = Delivery.objects.create(
        receiver=receiver,
        event_id=new_id("evt_"),
        subject="",
        seq=int(call.now.timestamp() * 1_000_000),
        type=type,
        occurred_at=call.now,
        facts={"uri": _URIS[type], "payload": payload},
        trace_id=call.trace_id,
        created_at=call.now,
        next_attempt_at=call.now,
        give_up_at=call.now + _PATIENCE[type],
    )
    ring_couriers(call=call)
    return delivery.ref


def tell_standing(row: Connection, call: CallContext) -> None:
    """Tell a stream how it stands now, unless its own receiver has just said so. Part of an open deed."""
    is_stream = row.kind in {each.value for each in rules.STREAMS}
    if not is_stream or (call.caller.client_id and call.caller.client_id == row.options.get("client_id")):
        return
    reason = {"reason": row.reason} if row.reason else {}
    tell_stream(row, STREAM_UPDATED, {"status": rules.status_of(Standing(row.standing)).value, **reason}, call)
