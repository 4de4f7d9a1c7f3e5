"""Do the tables of the database hold what this version's models want? Asked after migrating, for a few milliseconds.

Until the first release each room's one migration is made anew when its tables change. A database that was made before
takes it for applied, starts without complaint and fails at every request that meets the difference.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from config.supervisor.checks import CannotStart

_NAMED = 3
# Table, column, whether it takes NULL, how long its text may be (SQLite says it in the type: varchar(40)).
_COLUMNS = {
    "postgresql": "SELECT table_name, column_name, is_nullable = 'YES', character_maximum_length"
    " FROM information_schema.columns WHERE table_schema = current_schema()",
    "sqlite": 'SELECT master.name, info.name, info."notnull" = 0, info.type'
    " FROM sqlite_master AS master JOIN pragma_table_info(master.name) AS info WHERE master.type = 'table'",
}


@dataclass(frozen=True, slots=True)
class _Column:
    takes_null: bool
    length: int | None


def require_current_tables() -> None:
    """CannotStart, with what to do, when tables or columns differ from the models; other tables are left alone."""
    if differences := sorted(find_differences()):
        raise CannotStart(of_another_version(say(differences)))


def of_another_version(how_it_shows: str) -> str:
    """What is wrong, how it shows, and how to come by a database that fits."""
    if connection.vendor == "sqlite":
        remedy = f"to begin anew, move {settings.DATA_DIR} away or set DATA_DIR to another place"
    else:
        remedy = "go back to that version, or set DATABASE_URL to an empty database"
    name = connection.settings_dict["NAME"]
    return (
        f"the tables in {name} were made by another version of Throughline ({how_it_shows}) and cannot be"
        f" converted; {remedy}"
    )


def find_differences() -> Iterator[str]:
    """Every table and column that is missing, left over, too short, or closed to NULL where the model is not."""
    there = _read_columns()
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if not model._meta.managed or model._meta.proxy:
            continue
        if table in there:
            yield from _compare(
                table, {str(each.column): each for each in model._meta.local_concrete_fields}, there[table]
            )
        else:
            yield f"{table} is missing"


def say(differences: list[str]) -> str:
    """The first few, and how many more there are."""
    more = len(differences) - _NAMED
    return ", ".join(differences[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _compare(table: str, wanted: dict[str, models.Field[Any, Any]], there: dict[str, _Column]) -> Iterator[str]:
    yield from (f"{table}.{name} is missing" for name in wanted.keys() - there)
    yield from (f"{table}.{name} is left over" for name in there.keys() - wanted)
    for name in wanted.keys() & there:
        field, column = wanted[name], there[name]
        if field.null and not column.takes_null:
            yield f"{table}.{name} must not be empty"
        if isinstance(field, models.CharField) and 0 < (column.length or 0) < (field.max_length or 0):
            yield f"{table}.{name} is too short"


def _read_columns() -> dict[str, dict[str, _Column]]:
    found: dict[str, dict[str, _Column]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS[connection.vendor])
        for table, name, takes_null, length in cursor.fetchall():
            digits = str(length or "").lower().removeprefix("varchar(").removesuffix(")")
            found[table][name] = _Column(bool(takes_null), int(digits) if digits.isdecimal() else None)
    return found
