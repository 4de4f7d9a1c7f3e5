"""Waiting for each other where there is no row to lock."""

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
