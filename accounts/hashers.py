"""How passwords are stored: argon2id with OWASP's minimum cost (19 MiB, two passes, one lane).

Hashing one takes longer than answering fifty requests, so it is done in a thread of its own that gives way to the
others: a flood of sign-ins, with right or wrong passwords, slows down sign-ins and little else (decision 0034).
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.errors import SignInBusy

T = TypeVar("T")

_GIVES_WAY = 5  # nice(1): when the core is contended, about a quarter of it


class PasswordHasher(Argon2PasswordHasher):
    """Django's argon2id with the costs written out, so that an upgrade of Django does not change them.

    Raises SignInBusy when too many wait already.
    """

    memory_cost = 19456
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """The password as it is stored."""
        return _one_at_a_time(lambda: super(PasswordHasher, self).encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Whether this is the password that was stored."""
        return _one_at_a_time(lambda: super(PasswordHasher, self).verify(password, encoded))


def _one_at_a_time(work: Callable[[], T]) -> T:
    """Do the work in the process's hashing thread, unless half the threads that serve wait for it already."""
    room = _room()
    if not room.acquire(blocking=False):
        raise SignInBusy
    try:
        return _thread().submit(work).result()
    finally:
        room.release()


@lru_cache(maxsize=1)
def _room() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.PASSWORD_HASHES_WAITING)


@lru_cache(maxsize=1)
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords", initializer=_give_way)


def _give_way() -> None:
    """On Linux a thread has a priority of its own, and may always lower it."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _GIVES_WAY)
