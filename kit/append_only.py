"""A migration operation that makes a table append-only in the database itself, on PostgreSQL and SQLite."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Model, UniqueConstraint

_POSTGRES = """
CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND {allowed} THEN RETURN NEW; END IF;
  RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER IF EXISTS {table}_append_only ON {table};
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
"""


class AppendOnly(Operation):
    """Refuse UPDATE and DELETE on a model's table; `once` names a nullable column that may be set a single time.

    On a partitioned table the trigger reaches every partition, also those made later. TRUNCATE is not refused:
    it needs ownership of the table, whose owner could drop the trigger as well. SQLite rebuilds a table (and
    loses its triggers) when a later migration alters it: repeat this operation after such a migration.
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, model_name: str, once: str | None = None) -> None:
        self.model_name = model_name
        self.once = once

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.model_name], {"once": self.once}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Triggers are no part of Django's model state."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(_POSTGRES.format(table=model._meta.db_table, allowed=self._allowed()), params=None)
            return
        for name, event, condition in self._sqlite_triggers(model):
            table = model._meta.db_table
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}")
            schema_editor.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                params=None,
            )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_append_only()")
            return
        for name, _, _ in self._sqlite_triggers(model):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}")

    def describe(self) -> str:
        return f"Make {self.model_name} append-only"

    def _allowed(self) -> str:
        if not self.once:
            return "FALSE"
        return f"OLD.\"{self.once}\" IS NULL AND (to_jsonb(OLD) - '{self.once}') = (to_jsonb(NEW) - '{self.once}')"

    def _sqlite_triggers(self, model: type[Model]) -> list[tuple[str, str, str]]:
        columns = [field.column for field in model._meta.concrete_fields]
        frozen = ", ".join(f'"{column}"' for column in columns if column != self.once)
        unique = [[field.column] for field in model._meta.concrete_fields if field.unique]
        unique += [
            [model._meta.get_field(name).column for name in each.fields]  # type: ignore[union-attr]  # own fields
            for each in model._meta.constraints
            if isinstance(each, UniqueConstraint) and each.fields and each.condition is None
        ]
        same = (" AND ".join(f'"{column}" = NEW."{column}"' for column in together) for together in unique)
        taken = " OR ".join(f"({each})" for each in same)
        replaced = f'EXISTS (SELECT 1 FROM "{model._meta.db_table}" WHERE {taken})'  # noqa: S608  our own names
        triggers = [
            ("no_delete", "DELETE", ""),
            ("no_update", f"UPDATE OF {frozen}", ""),
            # INSERT OR REPLACE deletes the old row without firing its delete trigger.
            ("no_replace", "INSERT", f"WHEN {replaced}"),
        ]
        if self.once:
            triggers.append(("set_once", f'UPDATE OF "{self.once}"', f'WHEN OLD."{self.once}" IS NOT NULL'))
        return triggers
