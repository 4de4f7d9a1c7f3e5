"""Knowledge kept in a process that is never older than it may be."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class Fresh(Generic[T]):
    """A value that `read` fetched at most `seconds` ago, for all threads of a process.

    `read` gets the value so far (None at first), so that a small query can find it unchanged. It runs in the thread
    that asks, and only in one: the others wait for its answer. There is no thread in the background.
    """

    def __init__(self, read: Callable[[T | None], T], *, seconds: float) -> None:
        self.seconds = seconds
        self._read = read
        self._lock = threading.Lock()
        self._kept: tuple[float, T] | None = None  # one attribute, so that a reader without the lock sees both or none

    def get(self, *, seconds: float | None = None) -> T:
        """The value; `seconds` asks for a fresher one than usual."""
        limit = self.seconds if seconds is None else seconds
        kept = self._kept
        if kept is not None and time.monotonic() - kept[0] < limit:
            return kept[1]
        with self._lock:
            kept = self._kept
            if kept is not None and time.monotonic() - kept[0] < limit:
                return kept[1]
            # Before the read: what is committed while it runs counts as not yet seen. Monotonic: a wall clock that
            # is set back must not stop the checks.
            asked_at = time.monotonic()
            value = self._read(kept[1] if kept else None)
            self._kept = (asked_at, value)
            return value

    def forget(self) -> None:
        """Drop the value; a read in progress ends first, or its answer would come back afterwards."""
        with self._lock:
            self._kept = None


class FreshByKey(Generic[K, T]):
    """Values by key that `read` fetched at most `seconds` ago, for all threads of a process.

    A key that `read` finds nothing for is asked for each time. When `most` keys are known, all are forgotten:
    memory stays bounded whatever is asked for.
    """

    def __init__(self, read: Callable[[K], T | None], *, seconds: float, most: int = 4096) -> None:
        self.seconds = seconds
        self.most = most
        self._read = read
        self._kept: dict[K, tuple[float, T]] = {}

    def get(self, key: K) -> T | None:
        """The value of a key, or None."""
        known = self._kept
        kept = known.get(key)
        if kept is not None and time.monotonic() - kept[0] < self.seconds:
            return kept[1]
        asked_at = time.monotonic()  # before the read, as above
        value = self._read(key)
        if value is None:
            known.pop(key, None)
            return None
        if len(known) >= self.most and key not in known:
            known.clear()
        known[key] = (asked_at, value)  # into the memory it was asked of: what was forgotten meanwhile stays so
        return value

    def forget(self) -> None:
        """Drop every value; what a read in progress brings is dropped with them."""
        self._kept = {}
