"""One deed, one transaction: what must happen last before a commit is registered here and run in order."""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")


class UnitOfWork:
    """The open deed. Finishers run in ascending order just before the commit.

    Order matters because finishers take locks: every transaction takes them in the same sequence, so two deeds
    never wait for each other in a circle. Reactions to journal lines run at 0 and may do whatever a deed may;
    the journal locks its subject heads at 10; what comes later takes only locks that no deed takes earlier.
    """

    def __init__(self, *, is_observation: bool = False) -> None:
        self.is_observation = is_observation
        self.notes: dict[str, Any] = {}
        self._opened = time.monotonic()
        self._finishers: dict[str, tuple[int, Callable[[], object]]] = {}

    @property
    def lasted(self) -> timedelta:
        """How long the deed has been open: what others did meanwhile, they did without knowing of it."""
        return timedelta(seconds=time.monotonic() - self._opened)

    def before_commit(self, name: str, order: int, finish: Callable[[], object]) -> None:
        """Run `finish` before the commit; while it waits, a second registration under its name is ignored.

        One that is registered again after it ran runs again: a finisher may cause work for those before it.
        """
        self._finishers.setdefault(name, (order, finish))

    def _finish(self) -> None:
        while self._finishers:
            name = min(self._finishers, key=lambda each: self._finishers[each][0])
            _, finish = self._finishers.pop(name)
            finish()


_current: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


def current_unit_of_work() -> UnitOfWork:
    """The deed in progress; raises RuntimeError outside one, because a journal line needs its state change."""
    unit = _current.get()
    if unit is None:
        raise RuntimeError("no unit of work is open: call this from a deed")
    return unit


@contextmanager
def unit_of_work(*, is_observation: bool = False) -> Iterator[UnitOfWork]:
    """Open a transaction with finishers, or join the one that is open. An observation opens none: see there."""
    unit = _current.get()
    if unit is not None:
        yield unit
        return
    around: AbstractContextManager[None] = nullcontext() if is_observation else transaction.atomic()
    with around:
        unit = UnitOfWork(is_observation=is_observation)
        token = _current.set(unit)
        try:
            yield unit
            unit._finish()
        finally:
            _current.reset(token)


def deed(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a public service as one deed: it runs in one unit of work, or joins the caller's."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with unit_of_work():
            return function(*args, **kwargs)

    return wrapper


def observation(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a deed that changes nothing: it only leaves lines in the journal, and their one INSERT is its transaction.

    For what happens thousands of times a second. The journal refuses lines that need a second statement here.
    """

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with unit_of_work(is_observation=True):
            return function(*args, **kwargs)

    return wrapper
