"""What this node knows of revocations: read from the database, never older than half a second when it is used.

Every revocation carries a revision given out under one row lock, so revisions become visible in order and
"everything above the last one I saw" misses nothing. Redis is not asked: a node whose knowledge is too old
reads the database, and refuses when it cannot.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from kit import clock
from kit.fresh import Fresh
from oauth.conf import REVOCATION_FRESHNESS_SECONDS
from oauth.models import Revocation
from oauth.types import RevocationKind

Key = tuple[str, str]


@dataclass(slots=True)
class _Known:
    """The entries that can still reach a live token; it only ever gains news, so it is brought up to date in place."""

    revision: int = 0
    not_before: dict[Key, float] = field(default_factory=dict)
    expires_at: dict[Key, datetime] = field(default_factory=dict)


class RevocationList:
    """The revocations this process knows, brought up to date on use."""

    def __init__(self) -> None:
        self._fresh = Fresh(_read_news, seconds=REVOCATION_FRESHNESS_SECONDS)
        self._in_doubt = False

    def forget(self) -> None:
        """Start from nothing, as a fresh process does."""
        self._fresh.forget()

    def expire(self) -> None:
        """Read the database at the next use: this process has just revoked something."""
        self._in_doubt = True

    def reaches(self, keys: Iterable[tuple[RevocationKind, str]], *, issued_at: int) -> bool:
        """Whether a token that names `keys` and was issued at `issued_at` (Unix seconds) is dead.

        Raises the database's error when the knowledge is too old and cannot be renewed: fail closed.
        """
        in_doubt, self._in_doubt = self._in_doubt, False
        known = self._fresh.get(seconds=0 if in_doubt else None)
        return any(issued_at <= known.not_before.get((kind.value, key), float("-inf")) for kind, key in keys)


def _read_news(known: _Known | None) -> _Known:
    known = known or _Known()
    rows = Revocation.objects.filter(revision__gt=known.revision).order_by("revision")
    for kind, key, not_before, revision, expires_at in rows.values_list(
        "kind", "key", "not_before", "revision", "expires_at"
    ):
        known.not_before[kind, key] = not_before.timestamp()
        known.expires_at[kind, key] = expires_at
        known.revision = revision
    for spent in [entry for entry, expires_at in known.expires_at.items() if expires_at <= clock.now()]:
        del known.not_before[spent], known.expires_at[spent]
    return known


REVOCATIONS = RevocationList()
