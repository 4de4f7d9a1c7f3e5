"""A database whose tables are another version's is noticed when it is prepared, and the person is told what to do."""

import pytest
from django.core.management import call_command
from django.db import connection

from config import schema
from config.supervisor.checks import CannotStart

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def change(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_the_migrations_make_is_what_the_models_want():
    assert list(schema.find_differences()) == []


def test_a_database_that_fits_is_prepared_again_and_again(capsys):
    call_command("prepare", verbosity=0)
    call_command("prepare", verbosity=0)
    assert capsys.readouterr().out.count("Ready") == 2


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER TABLE oauth_client DROP COLUMN vendor", "oauth_client.vendor is missing"),
        ("ALTER TABLE oauth_client ADD COLUMN color text", "oauth_client.color is left over"),
        ("DROP TABLE sync_delivery", "sync_delivery is missing"),
    ],
)
def test_tables_of_another_version_are_named_with_what_to_do(statement, said, settings):
    change(statement)
    with pytest.raises(CannotStart) as refused:
        call_command("prepare", verbosity=0)
    assert said in str(refused.value)
    assert ("DATA_DIR" if connection.vendor == "sqlite" else "DATABASE_URL") in str(refused.value)


def test_migrations_in_an_order_that_cannot_be_are_another_version_too():
    change("DELETE FROM django_migrations WHERE app = 'accounts'")
    with pytest.raises(CannotStart, match="another version of Throughline"):
        call_command("prepare", verbosity=0)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite alters no column")
@pytest.mark.parametrize(
    ("change_of_column", "said"),
    [("TYPE varchar(3)", "is too short"), ("SET NOT NULL", "must not be empty")],
)
def test_a_column_that_would_refuse_what_the_model_writes_is_named(change_of_column, said):
    name = "session" if "NULL" not in change_of_column else "confirmed_at"
    change(f"ALTER TABLE sync_delivery ALTER COLUMN {name} {change_of_column}")
    assert list(schema.find_differences()) == [f"sync_delivery.{name} {said}"]


def test_tables_of_somebody_else_are_left_alone():
    change("CREATE TABLE somebody_elses (id integer)")
    assert list(schema.find_differences()) == []


def test_many_differences_are_counted_not_listed():
    assert schema.say(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
