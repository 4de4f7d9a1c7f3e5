"""Silence is found where hardly anything speaks: by the canary alone, of who fetches, when a look breaks down."""

import random
from dataclasses import replace

import pytest

from accounts.services import erase_account
from sync import rules, services
from sync.models import Copy, Delivery, Incident, Round
from sync.queries import find_least_watched, list_incidents
from sync.services.deliveries import as_order
from sync.transports import TRANSPORTS
from sync.types import ConnectionDraft, Kind, Trouble
from tests.connecting import rename
from tests.keeper import CYCLE, every

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.soak
@pytest.mark.parametrize("freshness", [5, rules.longest_freshness(900)])
def test_on_a_whole_healthy_day_nobody_is_alarmed(town, clock, keep, freshness):
    """People come, change and go, and each system stumbles for a minute now and then."""
    dice = random.Random(3)
    keepers = [keep(slug=slug, freshness=freshness) for slug in ("crm", "tool")]
    who = [town.person(f"person{number}") for number in range(30)]

    def live(minute):
        for person in dice.sample(who, 2) if minute % 1440 < 900 and dice.random() < 0.5 else []:
            rename(town, person, f"Name {minute}", minutes=minute)
        for keeper in keepers:
            keeper.answers = dice.choice([503, 500, 0, 429]) if dice.random() < 0.01 else 200
        if minute % 200 == 50:
            who.append(town.person(f"late{minute}"))
        if minute % 300 == 250:
            erase_account(sub=who.pop(0).sub, reason="asked", call=clock.call)

    clock.pass_time(24 * 60 + 30, live)
    assert Incident.objects.count() == 0
    assert Copy.objects.exclude(drift="").count() == 0
    assert {each.kind for each in Round.objects.all()} == {"touched", "sample", "full"}


@pytest.mark.sqlite
def test_the_canary_alone_is_enough_with_the_longest_freshness_objective_that_may_be(town, clock, keep):
    crm = keep(freshness=rules.longest_freshness(900))
    clock.pass_time(20)
    assert list_incidents() == []
    crm.fault = every(1, "drop")
    assert clock.wait_for(Trouble.SILENT) <= CYCLE


def test_a_look_that_breaks_down_again_and_again_is_named(town, clock, keep, monkeypatch):
    keep()

    def breaks(*_):
        raise RuntimeError

    monkeypatch.setattr("sync.flows.silence.TRANSPORTS", {"webhook": replace(TRANSPORTS["webhook"], read=breaks)})
    assert clock.wait_for(Trouble.STOPPED) <= CYCLE
    assert list_incidents()[0].code == rules.BROKE_DOWN
    monkeypatch.undo()
    clock.pass_time(12)
    assert list_incidents() == []


def test_who_fetches_and_stops_fetching_is_found_on_a_quiet_night(town, clock):
    draft = ConnectionDraft(name="Desk", kind=Kind.SSF_POLL, endpoint="", event_types=("session.revoked",))
    services.create_connection(slug="desk", draft=draft, call=town.call)

    def fetch(_):
        for row in Delivery.objects.open().filter(type="stream.verification").select_related("receiver"):
            services.confirm_delivery(order=as_order(row), call=clock.call)

    clock.pass_time(60, fetch)
    assert list_incidents() == []
    assert Delivery.objects.filter(state="confirmed").count() >= 10
    assert clock.wait_for(Trouble.STOPPED) <= CYCLE
    assert list_incidents()[0].code == rules.NOT_FETCHED
    clock.pass_time(90)
    assert len(list_incidents()) == 1, "nothing is flapping, also when a heartbeat's time is over"
    clock.pass_time(12, fetch)
    assert list_incidents() == []


def test_that_nobody_looks_is_counted(town, clock, keep):
    def unwatched(minutes):
        looked_at = find_least_watched()
        return (town.at(minutes=minutes).now - looked_at).total_seconds() / 60 if looked_at else None

    assert unwatched(0) is None
    keep()
    assert unwatched(3) == 3
    clock.pass_time(6)
    assert unwatched(6) == 1
    assert unwatched(60) == 55, "no worker, no rounds"
    services.pause_connection(slug="crm", call=clock.call)
    assert unwatched(60) is None
