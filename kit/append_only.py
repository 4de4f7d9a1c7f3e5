"""A migration operation that makes a table append-only in the database itself, on PostgreSQL and SQLite."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_POSTGRES = """
CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND {once_condition} THEN RETURN NEW; END IF;
  RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
"""


class AppendOnly(Operation):
    """Refuse UPDATE and DELETE on a model's table; `once` names a nullable column that may be set a single time."""

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
        table = model._meta.db_table
        if schema_editor.connection.vendor == "postgresql":
            condition = "FALSE"
            if self.once:
                condition = (
                    f"OLD.{self.once} IS NULL AND "
                    f"(to_jsonb(OLD) - '{self.once}') = (to_jsonb(NEW) - '{self.once}')"
                )
            schema_editor.execute(_POSTGRES.format(table=table, once_condition=condition))
            return
        frozen = ", ".join(f.column for f in model._meta.concrete_fields if f.column != self.once)
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        schema_editor.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        schema_editor.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {frozen} ON {table} {refuse}")
        if self.once:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_set_once BEFORE UPDATE OF {self.once} ON {table} "
                f"WHEN OLD.{self.once} IS NOT NULL {refuse}"
            )

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        table = from_state.apps.get_model(app_label, self.model_name)._meta.db_table
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_append_only()")
            return
        for suffix in ("no_delete", "no_update", "set_once"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{suffix}")

    def describe(self) -> str:
        return f"Make {self.model_name} append-only"
