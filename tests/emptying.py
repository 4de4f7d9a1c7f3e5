"""What a test that commits leaves behind is taken out again, and nothing else is touched.

Django truncates every table and makes content types and permissions anew: a second for each such test, and there
are hundreds. A test fills a dozen tables with a few rows, and deleting these takes milliseconds.
"""

from django.db import connection, transaction
from django.test import TransactionTestCase

# What migrations write for every installation and no test changes.
KEPT = frozenset({"auth_permission", "django_content_type", "django_migrations", "django_site"})


def empty_quickly() -> None:
    """From now on the database is emptied this way after every test that commits."""
    TransactionTestCase._fixture_teardown = lambda _case: empty_tables()  # type: ignore[attr-defined]


def empty_tables() -> None:
    """Delete every row that was committed, past the triggers that keep the journal append-only."""
    (_empty_sqlite if connection.vendor == "sqlite" else _empty_postgresql)()


def _empty_postgresql() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled_tables():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


def _empty_sqlite() -> None:
    with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
        for table in filled_tables():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        for _, statement in triggers:
            cursor.execute(statement)


def filled_tables() -> list[str]:
    """The tables with at least one row, without those that stay as they are."""
    names = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    quote = connection.ops.quote_name
    questions = [f"SELECT {at} WHERE EXISTS (SELECT 1 FROM {quote(name)})" for at, name in enumerate(names)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(questions))
        return [names[at] for (at,) in cursor.fetchall()]
