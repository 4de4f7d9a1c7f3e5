"""A line that may be lost in a crash does not wait for the disk, and nothing after it is laxer for that."""

import pytest
from django.db import connection, transaction

from audit import journal
from audit.models import Event
from kit.unit_of_work import deed, observation
from tests.services.audit.conftest import SIGHT

pytestmark = pytest.mark.django_db(transaction=True)


def waits() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def durable_server():
    if connection.vendor != "postgresql":
        pytest.skip("other databases have no such setting")
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    yield
    connection.close()


@observation
def see(call, *, durable):
    journal.record(SIGHT, call=call, subject="ana", durable=durable)


@pytest.mark.parametrize(("durable", "inside"), [(True, "on"), (False, "off")])
def test_only_the_transaction_of_a_line_that_may_be_lost_does_not_wait(call, durable, inside):
    with transaction.atomic():
        see(call, durable=durable)
        assert waits() == inside
    assert waits() == "on"
    assert Event.objects.filter(subject="ana").count() == 1


def test_a_deed_always_waits_whatever_its_lines_say(call):
    @deed
    def do():
        journal.record(SIGHT, call=call, subject="ana", durable=False)

    with transaction.atomic():
        do()
        assert waits() == "on"
