"""Listening for silence: a round of a connected system, from its heartbeat to what is sent again.

    due --begun--> heartbeat asked --answered, or not--> read back --all alike--> ended
                                                            | some differ --> read again --> ended

Many systems at a time: whoever is slow keeps one thread waiting and no other system. Threads know no database.
"""

import logging
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

from kit.call import CallContext
from sync import rules, services
from sync.queries import list_due
from sync.transports import TRANSPORTS
from sync.types import Answer, Begun, Found, Held, Outcome, Reading, Standing

_log = logging.getLogger(__name__)

TRANSITIONS = {
    "due": ("begun",),
    "begun": ("heard", "ended"),
    "heard": ("read", "ended"),
    "read": ("read_again", "ended"),
    "read_again": ("ended",),
    "ended": (),
}
AT_ONCE = 16

MakeCall = Callable[[], CallContext]
_Walk = Generator[Callable[[], Any], Any, None]


def listen(*, make_call: MakeCall) -> int:
    """Look at every connected system that is due; how many were looked at. `make_call` gives a call with the present
    time. A look that breaks down is logged and counts as one without an answer."""
    walks = [(each, _walk(each, make_call)) for each in list_due(now=make_call().now)]
    looked_at = 0
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="listener") as threads:
        waiting: dict[Future[Any], tuple[str, _Walk]] = {}
        for slug, walk in walks:
            if (act := _go_on(slug, walk, None)) is not None:
                looked_at += 1
                waiting[threads.submit(act)] = slug, walk
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                slug, walk = waiting.pop(future)
                if (act := _go_on(slug, walk, future)) is not None:
                    waiting[threads.submit(act)] = slug, walk
    return looked_at


def _go_on(slug: str, walk: _Walk, came: "Future[Any] | None") -> Callable[[], Any] | None:
    """The next thing to do out there for one system, after what the last one came to; None at its end."""
    try:
        if came is None:
            return next(walk)
        error = came.exception()
        return walk.throw(error) if error else walk.send(came.result())
    except StopIteration:
        return None
    except Exception as error:  # noqa: BLE001  one system that breaks a round must not keep others from theirs
        _log.exception("a round broke down: %s", type(error).__name__, extra={"connection": slug})
        return None


def _walk(slug: str, make_call: MakeCall) -> _Walk:
    begun = services.begin_round(slug=slug, call=make_call())
    if begun is None:
        return
    try:
        found = yield from _look(begun, make_call)
    except Exception as error:  # noqa: BLE001  whatever it is: who cannot be looked at is not well, and is to be named
        _log.exception("a look broke down: %s", type(error).__name__, extra={"connection": slug})
        found = Found(reading=rules.BROKE_DOWN)
    services.conclude_round(begun=begun, found=found, call=make_call())


def _look(begun: Begun, make_call: MakeCall) -> Generator[Callable[[], Any], Any, Found]:
    if begun.connection.standing is not Standing.ACTIVE:
        yield _nothing
        return Found()
    if begun.connection.draft.kind in rules.PULLED:
        yield _nothing
        return Found(heartbeat=services.put_heartbeat_in_line(begun=begun, call=make_call()))
    heartbeat: Outcome | None = yield _heartbeat(begun, make_call)
    found = yield from _read(begun, make_call)
    if heartbeat is None:
        return found
    return replace(found, heartbeat="" if heartbeat.answer is Answer.CONFIRMED else heartbeat.code)


def _heartbeat(begun: Begun, make_call: MakeCall) -> Callable[[], Outcome | None]:
    transport = TRANSPORTS.get(begun.connection.draft.kind.value)
    if transport is None or transport.verify is None:
        return _nothing
    return transport.verify(begun.connection, make_call().now)


def _nothing() -> None:
    return None


def _read(begun: Begun, make_call: MakeCall) -> Generator[Callable[[], Any], Any, Found]:
    """What is alike and what differs; whoever differs is read a second time before it counts."""
    if not rules.reads_back(begun.connection.draft):
        return Found()
    held, code = yield from _ask(begun, sorted(begun.expected), make_call)
    found = services.judge_held(begun=begun, held=held, call=make_call())
    if found.apart and not code:
        begun = services.look_again(begun=begun, subjects=frozenset(found.apart), call=make_call())
        again, code = yield from _ask(begun, sorted(found.apart), make_call)
        held = {subject: each for subject, each in held.items() if subject not in found.apart} | again
        found = services.judge_held(begun=begun, held=held, call=make_call())
    return replace(found, reading=code)


def _ask(
    begun: Begun, subjects: Sequence[str], make_call: MakeCall
) -> Generator[Callable[[], Any], Any, tuple[dict[str, Held | None], str]]:
    """What the system holds of subjects, some at a time; why not of all. One empty question where there is nobody."""
    held: dict[str, Held | None] = {}
    begun_at = make_call().now
    read = TRANSPORTS[begun.connection.draft.kind.value].read
    for start in range(0, len(subjects) or 1, rules.MOST_AT_ONCE):
        call = make_call()
        if read is None or call.now - begun_at > rules.LONGEST_ROUND / 2:
            return held, ""  # the rest is for the next round
        reading: Reading = yield read(begun.connection, subjects[start : start + rules.MOST_AT_ONCE], call.now)
        held |= reading.held
        if reading.code:
            return held, reading.code
    return held, ""
