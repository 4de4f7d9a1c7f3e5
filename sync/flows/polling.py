"""A receiver fetches its security events (RFC 8936).

waiting --offered--> offered --acknowledged--> confirmed
                         | refused with a code --> given up
                         | nothing said --> offered again

One that has nothing to fetch may wait a little for it, a few at a time on each node.
"""

import threading
import time
from collections.abc import Callable

from kit.call import CallContext
from kit.refusal import NotFound
from sync import rules, services
from sync.queries import find_connection, get_stream, has_offers, make_signed_set
from sync.types import Method, PollAnswer, PollAsk, StreamState

TRANSITIONS = {
    "waiting": ("offered",),
    "offered": ("confirmed", "given_up", "offered"),
    "confirmed": (),
    "given_up": (),
}
SECONDS = 10.0
MOST_WAITING = 4
_LOOK_EVERY = 0.25
_SEATS = threading.BoundedSemaphore(MOST_WAITING)


def poll(*, stream_id: str, ask: PollAsk, make_call: Callable[[], CallContext], seconds: float = SECONDS) -> PollAnswer:
    """Take note of what a receiver says of earlier tokens, and answer the next; with none wait, unless it would not.

    `make_call` gives a call with the present time. Raises NotFound.
    """
    call = make_call()
    stream = _fetched_stream(stream_id, call)
    services.conclude_poll(stream=stream, ask=ask, call=call)
    limit = rules.MOST_SETS if ask.most is None else min(ask.most, rules.MOST_SETS)
    if limit and not ask.at_once and not has_offers(stream=stream, now=call.now):
        _wait(stream_id, make_call, seconds)
        call = make_call()
        stream = _fetched_stream(stream_id, call)
    offered = services.offer_deliveries(stream=stream, limit=limit, call=call)
    connection = find_connection(slug=stream_id)
    signed = {
        order.ref: make_signed_set(order, connection=connection, now=call.now) if connection else None
        for order in offered.orders
    }
    untold = {jti: "may_not_be_told" for jti, token in signed.items() if token is None}
    if untold:
        services.give_up_offered(stream=stream, codes=untold, call=call)
    return PollAnswer(sets={jti: token for jti, token in signed.items() if token}, more=offered.more)


def _fetched_stream(stream_id: str, call: CallContext) -> StreamState:
    """The caller's own stream. Raises NotFound, also for one that is pushed: it has no such address."""
    stream = get_stream(stream_id=stream_id, client_id=call.caller.client_id or "")
    if stream.draft.method is not Method.POLL:
        raise NotFound("You have no such stream.")
    return stream


def _wait(stream_id: str, make_call: Callable[[], CallContext], seconds: float) -> None:
    """Until there is something to fetch, or the time is over; at once where enough others wait already."""
    if not _SEATS.acquire(blocking=False):
        return
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY)
            call = make_call()
            if has_offers(stream=_fetched_stream(stream_id, call), now=call.now):
                return
    finally:
        _SEATS.release()
