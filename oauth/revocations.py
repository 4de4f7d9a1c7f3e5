"""Writing revocations: entries are collected while a deed runs and numbered last, under one row lock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from kit.prepared import Insertion
from kit.unit_of_work import current_unit_of_work
from oauth.conf import ACCESS_TOKEN_SECONDS
from oauth.models import Revocation, RevocationHead
from oauth.revocation_list import REVOCATIONS
from oauth.types import RevocationKind

_save = Insertion(Revocation, "kind", "key", "not_before", "revision", "expires_at", unique=("kind", "key"))
_NOTE = "oauth.revocations"
_ORDER = 20  # after the journal has locked its subject heads
#: A token may be issued while the deed that revokes is still on its way to the commit, or on a node whose clock
#: runs ahead: what is issued this shortly afterwards is dead too.
MARGIN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: RevocationKind
    key: str
    not_before: datetime


def revoke(kind: RevocationKind, key: str, *, now: datetime, margin: timedelta = MARGIN) -> None:
    """Every access token that names `key` and was issued up to `now` dies at the commit of the open deed."""
    unit = current_unit_of_work()
    unit.notes.setdefault(_NOTE, {})[kind, key] = _Entry(kind, key, now + margin)
    unit.before_commit(_NOTE, _ORDER, lambda: _write(list(unit.notes[_NOTE].values()), unit.lasted))


def _write(entries: list[_Entry], lasted: timedelta) -> None:
    """A deed that ends thousands of sessions takes its time, and tokens are issued in them until it commits."""
    first = _advance(len(entries)) - len(entries) + 1
    # Twice the lifetime: also for tokens issued on a node whose clock runs ahead.
    kept = timedelta(seconds=2 * ACCESS_TOKEN_SECONDS)
    _save(
        [
            (entry.kind.value, entry.key, entry.not_before + lasted, first + position, entry.not_before + lasted + kept)
            for position, entry in enumerate(entries)
        ]
    )
    REVOCATIONS.expire()
    transaction.on_commit(REVOCATIONS.expire)


def _advance(by: int) -> int:
    table = RevocationHead._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (id, revision) VALUES (1, %s) "  # noqa: S608  the table name is ours
            f"ON CONFLICT (id) DO UPDATE SET revision = {table}.revision + excluded.revision RETURNING revision",
            [by],
        )
        return int(cursor.fetchone()[0])
