"""Tables partitioned by month on PostgreSQL: the migration operation, and the partitions to come.

SQLite keeps a plain table; the model and its Django state are the same on both.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model

from kit import clock
from kit.locks import hold_name

_MONTHS_AT_START = 4


class PartitionedByMonth(Operation):
    """Turn the table that CreateModel just made, still empty, into one partitioned by month of the column `by`.

    A unique constraint of a partitioned table must contain the partition key. So the primary key becomes
    (key, by), and each entry of `unique` ("(column, ...) [WHERE ...]") holds within every partition. A default
    partition catches rows of months that have no partition of their own.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, by: str, unique: Sequence[str] = ()) -> None:
        self.model_name = model_name
        self.by = by
        self.unique = unique

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model_name], {"by": self.by, "unique": self.unique}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Partitions are no part of Django's model state."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        # The plain table's indexes wait until the migration ends; those a partitioned table can have follow below.
        schema_editor.deferred_sql = [
            statement
            for statement in schema_editor.deferred_sql
            if isinstance(statement, str) or not statement.references_table(table)
        ]
        for statement in self._replace(model):
            schema_editor.execute(statement, params=None)
        for index in model._meta.indexes:
            schema_editor.add_index(model, index)
        schema_editor.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
        for number, columns in enumerate(self.unique):
            schema_editor.execute(
                f"CREATE UNIQUE INDEX {table}_default_unique_{number} ON {table}_default {columns}", params=None
            )
        if not schema_editor.collect_sql:
            add_months(schema_editor.connection, table, first=clock.now().date(), count=_MONTHS_AT_START)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Nothing to undo: the model's own deletion drops the table with its partitions."""

    def describe(self) -> str:
        return f"Partition {self.model_name} by month"

    def _replace(self, model: type[Model]) -> list[str]:
        table, key = model._meta.db_table, model._meta.pk.column
        likeness = f"LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY"
        return [
            f"CREATE TABLE {table}_new ({likeness}) PARTITION BY RANGE ({self.by})",
            f"DROP TABLE {table}",  # takes its indexes along, so that their names are free
            f"ALTER TABLE {table}_new RENAME TO {table}",
            f"ALTER SEQUENCE {table}_new_{key}_seq RENAME TO {table}_{key}_seq",
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({key}, {self.by})",
        ]


def add_months(connection: BaseDatabaseWrapper, table: str, *, first: date, count: int) -> list[str]:
    """Make the missing partitions for `count` months from the month of `first` on; returns their names.

    A month whose rows already arrived in the default partition stays there. Call it inside a transaction;
    nothing happens on a database without partitions.
    """
    if connection.vendor != "postgresql":
        return []
    months = [_add(first, offset) for offset in range(count)]
    with connection.cursor() as cursor:
        # Attaching locks the default partition for an instant: rather fail and try tomorrow than queue up writers.
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        hold_name(f"partitions of {table}", connection)
        return [name for month in months if (name := _add_month(cursor, table, month))]


def _add_month(cursor: CursorWrapper, table: str, month: date) -> str | None:
    name = f"{table}_y{month:%Ym%m}"
    start, end = f"{month.isoformat()} 00:00:00+00", f"{_add(month, 1).isoformat()} 00:00:00+00"
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
    if cursor.fetchone()[0]:
        return None
    cursor.execute(
        "SELECT attname FROM pg_partitioned_table, pg_attribute WHERE partrelid = %s::regclass "
        "AND attrelid = partrelid AND attnum = partattrs[0]",
        [table],
    )
    by = cursor.fetchone()[0]
    default = f"{table}_default"
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {default} WHERE {by} >= %s AND {by} < %s)", [start, end])  # noqa: S608  own names
    if cursor.fetchone()[0]:
        return None
    # The default partition is the pattern: it carries the unique indexes that the parent cannot have.
    cursor.execute(f"CREATE TABLE {name} (LIKE {default} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)")
    cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')")
    return name


def _add(day: date, months: int) -> date:
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, 1)
