"""Waiting for each other where there is no row to lock."""

from collections.abc import Iterable

from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper


def hold_name(name: str, connection: BaseDatabaseWrapper | None = None) -> None:
    """Let one transaction at a time go past here under this name, on every node, until its end.

    SQLite has one writer anyway.
    """
    connection = connection or default_connection
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def hold_names(names: Iterable[str], connection: BaseDatabaseWrapper | None = None) -> None:
    """`hold_name` for several, taken in their order: two transactions over the same never wait in a circle."""
    connection = connection or default_connection
    wanted = sorted(set(names))
    if wanted and connection.vendor == "postgresql":
        holds = ", ".join(["pg_advisory_xact_lock(hashtextextended(%s, 0))"] * len(wanted))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {holds}", wanted)
