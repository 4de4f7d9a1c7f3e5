"""What a test that commits leaves behind is taken out again, and nothing else is touched.

Django truncates every table and makes content types and permissions anew: a second for each such test, and there
are hundreds. A test fills a dozen tables with a few rows, and deleting these takes milliseconds.
"""

from django.db import connection, transaction
from django.test import TransactionTestCase

# What migrations write for every installation and no test changes.
KEPT = frozenset({"auth_permission", "django_content_type", "django_migrations", "django_site"})


def empty_quickly() -> None:
    """From now on PostgreSQL is emptied this way after every test that commits; SQLite stays with Django's."""
    if connection.vendor == "postgresql":
        TransactionTestCase._fixture_teardown = lambda _case: empty_tables()  # type: ignore[attr-defined]


def empty_tables() -> None:
    """Delete every row that was committed, past the triggers that keep the journal append-only."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled_tables():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")


def filled_tables() -> list[str]:
    """The tables with at least one row, without those that stay as they are."""
    names = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    quote = connection.ops.quote_name
    questions = [f"SELECT {at} WHERE EXISTS (SELECT 1 FROM {quote(name)})" for at, name in enumerate(names)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(questions))
        return [names[at] for (at,) in cursor.fetchall()]
