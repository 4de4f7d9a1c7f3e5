"""What consent asks of the database, counted: a check is asked before every act."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consent.queries import check
from consent.services import bind_device, record_choices, record_signal, revalidate
from consent.types import Item
from tests.services.consent.conftest import ANA, PURPOSES

pytestmark = pytest.mark.django_db(transaction=True)
ROOMS = ("consent_", "audit_", "delegation_")
ENDING_DELEGATIONS = ["SELECT consent_linkedparty", "SELECT delegation_delegation"]  # what rests on a purpose refused
TRANSACTIONS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture(autouse=True)
def _at_work(register):
    if connection.vendor != "postgresql":
        pytest.skip("counted on PostgreSQL")
    register.choose("grant", "personalization")
    bind_device(device="dev_phone", account=ANA, call=register.call)
    check([Item(ANA, "personalization")], register.call.now)


def asked(act) -> list[str]:
    """The statements of an act: their first word and table."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return [_short(each["sql"]) for each in captured.captured_queries]


def _short(sql: str) -> str:
    words = sql.replace('"', "").split()
    if words[0] in TRANSACTIONS or "pg_advisory" in sql:
        return words[0] if words[0] in TRANSACTIONS else "HOLD"
    if words[0] == "SELECT":
        return f"SELECT {next(word for word in words if word.startswith(ROOMS)).split('.')[0]}"
    return " ".join(words[:3] if words[0] == "INSERT" else words[:2])


@pytest.mark.parametrize("count", [1, 20, 100])
def test_a_check_is_one_statement_however_many_items(register, count):
    items = [Item(f"acc_{number}", PURPOSES[number % len(PURPOSES)].id, "web") for number in range(count)]
    assert asked(lambda: check(items, register.call.now)) == ["SELECT consent_effectivestate"]


def test_looking_again_takes_the_heads_and_one_question(register):
    checked = check([Item(ANA, "personalization")], register.call.now)
    assert asked(lambda: revalidate(checked=checked, call=register.call)) == [
        "BEGIN",
        "SELECT consent_linkedparty",
        "INSERT INTO audit_subjecthead",
        "SELECT consent_effectivestate",
        "SELECT consent_linkedparty",
        "COMMIT",
    ]


@pytest.mark.parametrize("count", [1, 5])
def test_a_form_costs_the_same_however_many_purposes_it_has(register, count):
    choices = [register.choice("withdraw", each.id, "acc_new") for each in PURPOSES[:count]]
    said = asked(lambda: record_choices(choices=choices, call=register.call))
    assert said[: said.index("COMMIT") + 1] == [
        "BEGIN",
        "HOLD",
        "SELECT consent_consentevent",
        "SELECT consent_linkedparty",
        *(ENDING_DELEGATIONS * count),
        "INSERT INTO audit_subjecthead",
        "INSERT INTO audit_event",
        "INSERT INTO audit_pending",
        "SELECT consent_consentevent",
        "SELECT consent_effectivestate",
        "INSERT INTO consent_consentevent",
        "INSERT INTO consent_effectivestate",
        "COMMIT",
    ]


def test_a_signal_that_is_known_is_one_statement(register):
    record_signal(party="dev_phone", call=register.call)
    assert asked(lambda: record_signal(party="dev_phone", call=register.call)) == [
        "BEGIN",
        "SELECT consent_effectivestate",
        "COMMIT",
    ]


def test_a_device_that_is_bound_is_one_statement(register):
    assert asked(lambda: bind_device(device="dev_phone", account=ANA, call=register.call)) == [
        "BEGIN",
        "SELECT consent_linkedparty",
        "COMMIT",
    ]
