"""On PostgreSQL the journal is one table per month; nothing is lost where a month has none."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from audit import services
from audit.models import Event
from audit.queries import list_events
from kit import partitioned
from tests.services.audit.conftest import drop_triggers, rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _only_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no partitions")


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_event'::regclass")
        return {name for (name,) in cursor.fetchall()}


def partition_of(event: Event) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM audit_event WHERE id = %s", [event.pk])
        return cursor.fetchone()[0]


def far(later, year: int, month: int, day: int = 15):
    """The test's call in a month that has no partition yet."""
    return later(days=(date(year, month, day) - later().now.date()).days)


def test_the_migration_made_this_month_and_a_safety_net(call):
    assert {f"audit_event_y{call.now:%Ym%m}", "audit_event_default"} <= partitions()


def test_a_fact_of_this_month_lies_in_the_partition_of_this_month(note, call):
    note()
    assert partition_of(rows()[0]) == f"audit_event_y{call.now:%Ym%m}"


def test_a_fact_of_a_month_without_partition_lies_in_the_default_one(note, later):
    note(at=far(later, 2099, 1))
    assert partition_of(rows()[0]) == "audit_event_default"
    assert len(list_events(subject="ana")) == 1


def test_partitions_are_made_for_this_month_and_the_next_ones_once(later, note):
    at = far(later, 2098, 11)
    assert services.make_partitions(months_ahead=2, call=at) == [
        "audit_event_y2098m11",
        "audit_event_y2098m12",
        "audit_event_y2099m01",
    ]
    assert services.make_partitions(months_ahead=2, call=at) == []
    note(at=at)
    assert partition_of(rows()[0]) == "audit_event_y2098m11"


@pytest.mark.parametrize(
    ("instant", "partition"),
    [
        (datetime(2098, 11, 1, tzinfo=UTC), "audit_event_y2098m11"),
        (datetime(2098, 11, 30, 23, 59, 59, 999999, tzinfo=UTC), "audit_event_y2098m11"),
        (datetime(2098, 12, 1, tzinfo=UTC), "audit_event_y2098m12"),
        (datetime(2098, 10, 31, 23, 59, 59, 999999, tzinfo=UTC), "audit_event_default"),
    ],
)
def test_months_begin_and_end_in_utc(note, later, instant, partition):
    services.make_partitions(months_ahead=1, call=far(later, 2098, 11))
    note(at=later(seconds=(instant - later().now).total_seconds()))
    assert partition_of(rows()[0]) == partition


def test_a_month_that_began_in_the_default_partition_stays_there(note, later):
    at = far(later, 2098, 11)
    note(at=at)
    assert services.make_partitions(months_ahead=1, call=at) == ["audit_event_y2098m12"]
    note(at=at)
    assert [partition_of(row) for row in rows()] == ["audit_event_default"] * 2


def test_a_new_partition_is_guarded_like_the_first(note, later):
    at = far(later, 2098, 11)
    services.make_partitions(months_ahead=0, call=at)
    note(at=at)
    for statement in (
        "UPDATE audit_event SET type = 'x'",
        "UPDATE audit_event_y2098m11 SET type = 'x'",
        "DELETE FROM audit_event_y2098m11",
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_new_partition_has_every_index_of_the_default_one(later):
    services.make_partitions(months_ahead=0, call=far(later, 2098, 11))

    def indexes(table: str) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [table])
            return {definition.partition(" USING ")[2] for (definition,) in cursor.fetchall()}

    assert indexes("audit_event_y2098m11") == indexes("audit_event_default")
    assert "btree (event_id)" in indexes("audit_event_y2098m11")


def test_seals_reach_over_partitions(note, later, call, findings):
    note(), note(at=far(later, 2098, 11)), note()
    assert services.seal_journal(call=call).events == 3
    assert {partition_of(row) for row in rows()} == {"audit_event_default", f"audit_event_y{call.now:%Ym%m}"}
    assert findings() == []


def test_an_edit_in_any_partition_is_found(note, later, call, findings):
    note(at=far(later, 2098, 11)), note()
    services.seal_journal(call=call)
    drop_triggers("audit_event")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET actor = 'x'")
    assert len(findings()) == 2


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        (date(2026, 1, 31), 0, date(2026, 1, 1)),
        (date(2026, 1, 31), 1, date(2026, 2, 1)),
        (date(2026, 12, 5), 1, date(2027, 1, 1)),
        (date(2026, 11, 1), 14, date(2028, 1, 1)),
    ],
)
def test_months_are_counted_over_the_turn_of_the_year(day, months, first):
    assert partitioned._add(day, months) == first
