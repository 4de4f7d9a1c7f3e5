"""Two kinds of facts that only these tests know, short ways to record them, and hands that tamper."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from audit import journal, services
from audit.journal import Line
from audit.models import Event, Seal
from audit.queries import verify_journal
from audit.types import EventType
from kit.call import CallContext
from kit.unit_of_work import unit_of_work

FACT = EventType("test.happened", "Something a subject's other systems must hear of.", deliverable=True)
SIGHT = EventType("test.seen", "Something that was merely observed.")


@pytest.fixture
def note(call) -> Callable[..., Line]:
    """Record one fact in a deed of its own."""

    def record(subject: str = "ana", type: EventType = FACT, *, at: CallContext | None = None, **more) -> Line:
        with unit_of_work():
            return journal.record(type, call=at or call, subject=subject, **more)

    return record


@pytest.fixture
def later(call) -> Callable[..., CallContext]:
    """The same call at another time."""
    return lambda **by: replace(call, now=call.now + timedelta(**by))


@pytest.fixture
def react(monkeypatch) -> Callable[..., None]:
    """Put reactions in the place of those of the house."""

    def put(table: dict[EventType, tuple[journal.Reaction, ...]]) -> None:
        monkeypatch.setattr(journal, "_reactions", lambda: {type.name: each for type, each in table.items()})

    put({})
    return put


@pytest.fixture
def sealed(call, note) -> list[Seal]:
    """A journal of seven facts under two seals."""
    note("ana"), note("ben"), note("ana", SIGHT), note("ana", personal={"email": "ana@people.example"})
    first = services.seal_journal(call=call)
    note("ben"), note("ana"), note("cleo")
    second = services.seal_journal(call=call)
    return [seal for seal in (first, second) if seal]


@pytest.fixture
def findings() -> Callable[..., list[str]]:
    """What a verification says."""

    def verify(**options) -> list[str]:
        said: list[str] = []
        verify_journal(report=said.append, **options)
        return said

    return verify


@pytest.fixture
def tamper() -> Callable[..., None]:
    """Change the journal as somebody would who owns its tables: with the triggers out of the way."""

    def change(statement: str, *values: Any) -> None:
        for model in (Event, Seal):
            drop_triggers(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            assert cursor.rowcount

    return change


def drop_triggers(table: str) -> None:
    """Take the guard off a table; the test's rollback puts it back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


def rows(**where) -> list[Event]:
    """Events in the order of their rows."""
    return list(Event.objects.filter(**where).order_by("id"))
