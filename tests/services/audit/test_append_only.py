"""The database itself refuses to change or delete a fact or a seal."""

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import Event, Seal
from tests.services.audit.conftest import rows

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("column", [field.column for field in Event._meta.concrete_fields if field.name != "seal"])
def test_no_column_of_a_fact_can_be_changed(note, column):
    note(payload={"a": 1}, personal={"email": "ana@people.example"})
    other = {
        "id": "id + 1000",
        "seq": "seq + 1",
        "payload": "'{}'",
        "personal": "NULL",
        "occurred_at": "'2020-01-01 00:00:00+00'",
        "recorded_at": "'2020-01-01 00:00:00+00'",
    }.get(column, "'other'")
    with pytest.raises(IntegrityError, match="append-only"):
        run(f'UPDATE audit_event SET "{column}" = {other}')


def test_a_fact_cannot_be_deleted(note):
    note()
    with pytest.raises(IntegrityError, match="append-only"):
        run("DELETE FROM audit_event")
    with transaction.atomic(), pytest.raises(IntegrityError, match="append-only"):
        rows()[0].delete()


def test_a_seal_is_set_once_and_never_moved_or_taken_off(note):
    note()
    run("UPDATE audit_event SET seal = 1")
    for other in ("2", "NULL"):
        with pytest.raises(IntegrityError, match="append-only"):
            run(f"UPDATE audit_event SET seal = {other}")
    assert rows()[0].seal == 1


def test_setting_the_seal_is_no_way_to_change_something_else(note):
    note()
    with pytest.raises(IntegrityError, match="append-only"):
        run("UPDATE audit_event SET seal = 1, subject = 'ben'")


@pytest.mark.parametrize("column", [field.column for field in Seal._meta.concrete_fields])
def test_no_column_of_a_seal_can_be_changed(sealed, column):
    other = {"heads": "'{}'", "sealed_at": "'2020-01-01 00:00:00+00'", "fingerprints": "''"}.get(column, "'99'")
    with pytest.raises(IntegrityError, match="append-only"):
        run(f'UPDATE audit_seal SET "{column}" = {other} WHERE number = 1')


def test_a_seal_cannot_be_deleted(sealed):
    with pytest.raises(IntegrityError, match="append-only"):
        run("DELETE FROM audit_seal")


@pytest.mark.parametrize("same", ["id", "event_id"])
def test_a_fact_cannot_be_replaced_by_another_under_its_id(note, same):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite knows INSERT OR REPLACE")
    note()
    columns = [field.column for field in Event._meta.concrete_fields]
    new = {"id": "id + 1000", "event_id": "'evt_other'", "subject": "'ben'"}
    values = [new[name] if name in new and name != same else f'"{name}"' for name in columns]
    quoted = ", ".join(f'"{name}"' for name in columns)
    with pytest.raises(IntegrityError, match="append-only"):
        run(f"INSERT OR REPLACE INTO audit_event ({quoted}) SELECT {', '.join(values)} FROM audit_event")


@pytest.mark.parametrize("same", ["event_id", "(subject, seq)"])
def test_no_two_facts_of_a_month_share_an_id_or_a_number(note, same):
    note()
    (event,) = rows()
    event.pk = None
    if same == "event_id":
        event.seq = 2
    else:
        event.event_id = "evt_other"
    with transaction.atomic(), pytest.raises(IntegrityError):
        event.save(force_insert=True)
