"""The work in hand: its one trace id, from a request through the tasks it rings to every log line and fact."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from kit.ids import new_id

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


@dataclass(slots=True)
class Work:
    """One request or task: its trace id, and for whom it is done once that is known; opaque ids only."""

    trace_id: str
    client: str | None = None
    subject: str | None = None


_current: ContextVar[Work | None] = ContextVar("work", default=None)


def current_work() -> Work | None:
    """The request or task that runs here; None outside of one."""
    return _current.get()


def current_trace_id() -> str:
    """The trace id of the request or task that runs here, or a fresh one."""
    work = _current.get()
    return work.trace_id if work else new_id()


@contextmanager
def traced(trace_id: str) -> Iterator[Work]:
    """Do a piece of work under this trace id; what ran before goes on under its own afterwards."""
    token = _current.set(work := Work(trace_id))
    try:
        yield work
    finally:
        _current.reset(token)


def note_caller(*, client: str | None, subject: str | None) -> None:
    """Remember for whom the work is done, so that the log can tell."""
    if work := _current.get():
        work.client, work.subject = client or work.client, subject or work.subject


def trace_id_in(traceparent: str | None) -> str | None:
    """The trace id of a W3C `traceparent` header, or None when it is not one."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return found[1] if found else None
