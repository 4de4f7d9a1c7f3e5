"""What this node knows of revocations: read from the database, never older than half a second when it is used.

Every revocation carries a revision given out under one row lock, so revisions become visible in order and
"everything above the last one I saw" misses nothing. Redis is not asked: a node whose knowledge is too old
reads the database, and refuses when it cannot.
"""

import threading
import time
from collections.abc import Iterable
from datetime import datetime

from oauth.conf import REVOCATION_FRESHNESS_SECONDS
from oauth.models import Revocation
from oauth.types import RevocationKind

Key = tuple[str, str]


class RevocationList:
    """The entries that can still reach a live token, in memory, brought up to date on use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Start from nothing, as a fresh process does."""
        self._not_before: dict[Key, float] = {}
        self._expires: dict[Key, datetime] = {}
        self._revision = 0
        self._read_at: float | None = None

    def expire(self) -> None:
        """Read the database at the next use: this process has just revoked something."""
        self._read_at = None

    def reaches(self, keys: Iterable[tuple[RevocationKind, str]], *, issued_at: int, now: datetime) -> bool:
        """Whether a token that names `keys` and was issued at `issued_at` (Unix seconds) is dead.

        Raises the database's error when the knowledge is too old and cannot be renewed: fail closed.
        """
        self._renew(now)
        return any(issued_at <= self._not_before.get((kind.value, key), float("-inf")) for kind, key in keys)

    def _renew(self, now: datetime) -> None:
        read_at = self._read_at
        if read_at is not None and time.monotonic() - read_at < REVOCATION_FRESHNESS_SECONDS:
            return
        with self._lock:
            if self._read_at is not None and self._read_at != read_at:
                return  # another thread renewed it while this one waited
            started = time.monotonic()
            rows = Revocation.objects.filter(revision__gt=self._revision).order_by("revision")
            for kind, key, not_before, revision, expires_at in rows.values_list(
                "kind", "key", "not_before", "revision", "expires_at"
            ):
                self._not_before[kind, key] = not_before.timestamp()
                self._expires[kind, key] = expires_at
                self._revision = revision
            self._prune(now)
            self._read_at = started

    def _prune(self, now: datetime) -> None:
        for key in [key for key, expires_at in self._expires.items() if expires_at <= now]:
            del self._expires[key], self._not_before[key]


REVOCATIONS = RevocationList()
