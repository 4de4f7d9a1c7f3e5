"""SQL of hot paths: written by Django from the models, but only once, and planned by PostgreSQL once per connection.

Making the SQL of a small query takes Django longer than running it. A question or a statement of this module has
its SQL made at its first use; each further use binds arguments and executes. Declare them at module level, for what
a profile shows to be hot; everything else is an ordinary queryset.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet, Value
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)

_FEW = 50  # rows whose values are parameters of their own; a crowd is given by columns, as arrays


@dataclass(frozen=True, slots=True)
class _Argument:
    """The place of an argument among the parameters of a statement."""

    position: int


class Question(Generic[M]):
    """A queryset whose SQL is made once: `Question(lambda sid: Session.objects.filter(sid=sid))`.

    `ask` is called once, with a stand-in for each argument; it may compare fields with them and nothing else, so it
    must not branch on them. Selected relations, annotations and row locks work; prefetching does not.
    """

    def __init__(self, ask: Callable[..., QuerySet[M]]) -> None:
        self._ask = ask
        self._plan: _Plan[M] | None = None

    def all(self, *arguments: Any) -> list[M]:
        """The rows for these arguments."""
        if self._plan is None:
            self._plan = _plan(self._ask(*(Value(_Argument(position)) for position in range(len(arguments)))))
        return self._plan.run(arguments)

    def first(self, *arguments: Any) -> M | None:
        """The first of the rows, or None."""
        rows = self.all(*arguments)
        return rows[0] if rows else None


@dataclass(frozen=True, slots=True)
class _Plan(Generic[M]):
    """A queryset as Django compiled it: the text, and how a row of the answer becomes an instance."""

    sql: str
    parameters: tuple[Any, ...]
    converters: dict[int, tuple[Sequence[Callable[..., Any]], Any]]
    model: type[M]
    fields: list[str]
    begins: int
    ends: int
    relations: Sequence[Any]
    annotations: dict[str, int]

    def run(self, arguments: Sequence[Any]) -> list[M]:
        bound = [arguments[each.position] if isinstance(each, _Argument) else each for each in self.parameters]
        return [self._instance(row) for row in _execute(self.sql, bound).fetchall()]

    def _instance(self, found: tuple[Any, ...]) -> M:
        row = list(found)
        for position, (converters, expression) in self.converters.items():
            for convert in converters:
                row[position] = convert(row[position], expression, connection)
        instance = self.model.from_db(DEFAULT_DB_ALIAS, self.fields, row[self.begins : self.ends])
        for relation in self.relations:
            relation.populate(row, instance)
        for name, position in self.annotations.items():
            setattr(instance, name, row[position])
        return instance


def _plan(queryset: QuerySet[M]) -> _Plan[M]:
    """What `QuerySet.__iter__` works out anew each time (django.db.models.query.ModelIterable)."""
    compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    select, classes = compiler.select, compiler.klass_info
    chosen = classes["select_fields"]
    return _Plan(
        sql=sql,
        parameters=tuple(parameters),
        converters=compiler.get_converters([each[0] for each in select]),
        model=classes["model"],
        fields=[select[each][0].target.attname for each in chosen],
        begins=chosen[0],
        ends=chosen[-1] + 1,
        relations=get_related_populators(classes, select, DEFAULT_DB_ALIAS),  # type: ignore[call-arg]  # stubs of Django 6
        annotations=compiler.annotation_col_map or {},
    )


class Insertion:
    """`INSERT` of rows into a model's table, as tuples of the named fields; JSON is given as text.

    Defaults of the model do not apply: name every field that has no default in the database. Where a row with the
    same `unique` fields stands already, its other fields are overwritten instead. Where it is not `durable`, PostgreSQL
    does not wait for its disk at the end of the transaction: a crash of the server may take the last fraction of a
    second of such rows with it, and never part of one.
    """

    def __init__(self, model: type[Model], *fields: str, unique: Sequence[str] = (), durable: bool = True) -> None:
        self._model = model
        self._durable = durable
        self._fields = fields
        self._unique = unique
        self._sql: dict[int, str] = {}
        self._many = ""

    def __call__(self, rows: Sequence[Sequence[Any]]) -> None:
        """Insert the rows: in one statement, on SQLite in batches."""
        if len(rows) > _FEW and connection.vendor == "postgresql":
            self._crowd(rows)
            return
        for few in (rows[at : at + _FEW] for at in range(0, len(rows), _FEW)):
            sql = self._sql.get(len(few)) or self._sql.setdefault(len(few), self._write(len(few)))
            _execute(sql, [value for row in few for value in row])

    def _write(self, rows: int) -> str:
        one = f"({', '.join(['%s'] * len(self._fields))})"
        return f"{self._into()} VALUES {', '.join([one] * rows)}{self._otherwise()}{self._unhurried()}"

    def _crowd(self, rows: Sequence[Sequence[Any]]) -> None:
        if self._unique:
            values = _arrays(self._model, self._fields)
            self._many = self._many or f"{self._into()} SELECT * FROM {values}{self._otherwise()}"  # noqa: S608  own names
            _execute(self._many, [list(column) for column in zip(*rows, strict=True)])
        else:
            _copy(self._model, self._fields, rows)

    def _into(self) -> str:
        return f"INSERT INTO {_table(self._model)} ({', '.join(_columns(self._model, self._fields))})"

    def _unhurried(self) -> str:
        # Within the statement and for its transaction alone: saying it before would be a statement more.
        is_lax = not self._durable and connection.vendor == "postgresql"
        return " RETURNING set_config('synchronous_commit', 'off', true)" if is_lax else ""

    def _otherwise(self) -> str:
        if not self._unique:
            return ""
        others = _columns(self._model, (field for field in self._fields if field not in self._unique))
        overwritten = ", ".join(f"{column} = excluded.{column}" for column in others)
        return f" ON CONFLICT ({', '.join(_columns(self._model, self._unique))}) DO UPDATE SET {overwritten}"


class Creation:
    """`INSERT` of a whole instance, as `save` writes a new one; its primary key is not read back."""

    def __init__(self, model: type[Model]) -> None:
        self._fields = [
            field for field in model._meta.concrete_fields if not field.generated and field.db_returning is False
        ]
        self._insert = Insertion(model, *(field.name for field in self._fields))

    def __call__(self, row: Model) -> None:
        """Insert the row."""
        values = (field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in self._fields)
        self._insert([tuple(values)])


class Change:
    """`UPDATE` of the named fields of one row, found by its primary key: `Change(Grant, "redeemed_at")(grant)`.

    `all` does it for a crowd, each row with values of its own.
    """

    def __init__(self, model: type[Model], *fields: str) -> None:
        self._model = model
        self._fields = fields
        self._sql = ""
        self._many = ""

    def __call__(self, row: Model) -> None:
        """Write the fields as they stand in `row`."""
        self._sql = self._sql or self._write()
        _execute(self._sql, [*(getattr(row, field) for field in self._fields), row.pk])

    def all(self, rows: Sequence[Model]) -> None:
        """Write the fields as they stand in each of the rows: in one statement, on SQLite one by one."""
        fields = [self._model._meta.get_field(name) for name in (*self._fields, self._model._meta.pk.name)]
        values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in rows]  # type: ignore[union-attr]  # own fields
        if connection.vendor == "postgresql":
            if values:
                _execute(self._many or self._write_many(), [list(column) for column in zip(*values, strict=True)])
            return
        self._sql = self._sql or self._write()
        for each in values:
            _execute(self._sql, each)

    def _write_many(self) -> str:
        key = self._model._meta.pk
        names = _columns(self._model, (*self._fields, key.name))
        settings = ", ".join(f"{name} = given.{name}" for name in names[:-1])
        given = f"{_arrays(self._model, (*self._fields, key.name))} AS given({', '.join(names)})"
        table = _table(self._model)
        self._many = f"UPDATE {table} SET {settings} FROM {given} WHERE {table}.{names[-1]} = given.{names[-1]}"  # noqa: S608  own names
        return self._many

    def _write(self) -> str:
        settings = ", ".join(f"{column} = %s" for column in _columns(self._model, self._fields))
        return f"UPDATE {_table(self._model)} SET {settings} WHERE {_quoted(self._model._meta.pk.column)} = %s"  # noqa: S608  own names


def fetch(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement written by hand, for what no queryset says in one; values come as the driver gives them.

    JSON is text. It must always be the same text: PostgreSQL plans it once per connection.
    """
    return list(_execute(sql, parameters).fetchall())


def _copy(model: type[Model], fields: Iterable[str], rows: Iterable[Sequence[Any]]) -> None:
    """PostgreSQL's fastest way in; for rows that meet none like themselves."""
    statement = f"COPY {_table(model)} ({', '.join(_columns(model, fields))}) FROM STDIN"
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
        cursor.copy(statement) as way,
    ):
        for row in rows:
            way.write_row(row)


def _arrays(model: type[Model], fields: Iterable[str]) -> str:
    """Rows from one parameter for each column, in PostgreSQL; a length is left out, as a cast to it would cut off."""
    kinds = [str(model._meta.get_field(field).db_type(connection)).partition("(")[0] for field in fields]
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in kinds)})"


def _table(model: type[Model]) -> str:
    return _quoted(model._meta.db_table)


def _columns(model: type[Model], fields: Iterable[str]) -> list[str]:
    return [_quoted(model._meta.get_field(field).column) for field in fields]  # type: ignore[union-attr]


def _quoted(name: str | None) -> str:
    return str(connection.ops.quote_name(name or ""))


def _execute(sql: str, parameters: Sequence[Any]) -> Any:
    """Execute on Django's connection, in its transaction; prepared on PostgreSQL, with Django's errors everywhere."""
    if connection.vendor != "postgresql" or connection.queries_logged:
        cursor = connection.cursor()
        cursor.execute(sql, [_adapted(each) for each in parameters])
        return cursor
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        return psycopg.Cursor(connection.connection).execute(sql, parameters, prepare=True)


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
