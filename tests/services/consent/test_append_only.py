"""The database itself refuses to change or delete an event or a published notice."""

import pytest
from django.db import IntegrityError, connection, transaction

from consent.models import ConsentEvent, Notice

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
TABLE = ConsentEvent._meta.db_table
INSTANT = "'2020-01-01 00:00:00+00'"


@pytest.fixture(autouse=True)
def _granted(register):
    register.choose("grant", "personalization")


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("column", [field.column for field in ConsentEvent._meta.concrete_fields])
def test_no_column_of_an_event_can_be_changed(column):
    field = ConsentEvent._meta.get_field(column)
    kind = field.get_internal_type()
    other = {"DateTimeField": INSTANT, "JSONField": "'[]'", "BooleanField": "true", "FloatField": "1"}.get(kind)
    other = other or ("9" if "Integer" in kind else "'other'")
    with pytest.raises(IntegrityError, match="append-only"):
        run(f'UPDATE consent_consentevent SET "{column}" = {other}')


def test_an_event_cannot_be_deleted():
    with pytest.raises(IntegrityError, match="append-only"):
        run("DELETE FROM consent_consentevent")
    with transaction.atomic(), pytest.raises(IntegrityError, match="append-only"):
        ConsentEvent.objects.get().delete()


def test_a_notice_can_be_retired_once_and_nothing_else():
    with pytest.raises(IntegrityError, match="append-only"):
        run("UPDATE consent_notice SET text = 'other'")
    with pytest.raises(IntegrityError, match="append-only"):
        run("DELETE FROM consent_notice")
    run(f"UPDATE consent_notice SET retired_at = {INSTANT}")
    with pytest.raises(IntegrityError, match="append-only"):
        run("UPDATE consent_notice SET retired_at = NULL")
    assert Notice.objects.get().retired_at


@pytest.mark.parametrize("same", ["id", "party and seq", "recorder and event_id"])
def test_an_event_cannot_be_replaced_by_another_under_its_id(same):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite knows INSERT OR REPLACE")
    columns = [field.column for field in ConsentEvent._meta.concrete_fields]
    new = {"id": "'cev_other'", "party": "'acc_other'", "recorder": "'other'"}
    kept = same.split(" and ", maxsplit=1)[0]
    values = [new[name] if name in new and name != kept else f'"{name}"' for name in columns]
    quoted = ", ".join(f'"{name}"' for name in columns)
    with pytest.raises(IntegrityError, match="append-only"):
        run(f"INSERT OR REPLACE INTO {TABLE} ({quoted}) SELECT {', '.join(values)} FROM {TABLE}")
