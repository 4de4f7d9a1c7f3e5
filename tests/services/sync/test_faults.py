"""What `make test-faults` does at length, in short: couriers that die, writers at once, a backlog."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from accounts.services import change_name
from audit.models import Event
from kit.ids import new_id
from sync import services
from sync.flows import delivery
from sync.flows.delivery import deliver_waiting
from sync.models import Delivery
from sync.types import Order
from tests.connecting import rename
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_writers_on_one_customer_are_told_in_the_order_of_their_commits(town, connect):
    crm = connect()
    ana = town.person("ana")

    def write(number):
        for round_of_all in range(3):
            change_name(sub=ana.sub, name=f"Ana {number} {round_of_all}", call=replace(town.call, trace_id=new_id()))

    _, errors = together(20, write)
    assert errors == []
    assert town.deliver() == 60
    events = Event.objects.filter(subject=ana.sub, type="profile.changed").order_by("seq")
    assert crm.ids == list(events.values_list("event_id", flat=True))


def test_what_a_dead_courier_had_in_hand_is_free_again_within_seconds(town, connect, states):
    """Sixteen at once may be under way to a system; a courier that is killed must not block it for long."""
    crm = connect()
    for number in range(20):
        rename(town, town.person(f"person{number}"), "Somebody")
    services.fan_out(call=town.call)
    until = town.call.now + delivery.LEASE
    assert len(services.lease_deliveries(until=until, limit=64, call=town.call)) == 16
    assert town.deliver(seconds=1) == 0
    assert town.deliver(seconds=10) == 20
    assert set(states()) == {"confirmed"}
    assert len(set(crm.ids)) == 20


def test_who_thinks_for_longer_than_a_lease_lasts_is_told_once(town, connect, monkeypatch, states):
    monkeypatch.setattr(delivery, "LEASE", timedelta(seconds=1.5))
    monkeypatch.setattr(delivery, "RENEW_WITHIN", timedelta(seconds=1))
    monkeypatch.setattr(delivery, "LOOK_UP_EVERY", 0.2)

    def dawdle(_heard):
        time.sleep(3)
        return 200

    crm = connect(dawdle)
    rename(town, town.person("ana"), "Ana Willow")
    services.fan_out(call=town.call)
    begun = time.monotonic()

    def now():
        return town.at(seconds=time.monotonic() - begun)

    def look_on():
        time.sleep(2.5)
        found.extend(services.lease_deliveries(until=now().now, limit=64, call=now()))

    found: list[Order] = []
    other = threading.Thread(target=_closing(look_on))
    other.start()
    assert deliver_waiting(make_call=now) == 1
    other.join()
    assert found == [], "nobody else may take it"
    assert len(crm.heard) == 1
    assert states() == ["confirmed"]


def test_a_lease_that_somebody_else_has_by_now_is_not_renewed(town, connect):
    connect()
    rename(town, town.person("ana"), "Ana Willow")
    services.fan_out(call=town.call)
    first = services.lease_deliveries(until=town.at(seconds=1).now, limit=1, call=town.call)
    second = services.lease_deliveries(until=town.at(seconds=9).now, limit=1, call=town.at(seconds=2))
    assert services.renew_leases(orders=first, until=town.at(seconds=60).now, call=town.at(seconds=3)) == 0
    assert services.renew_leases(orders=second, until=town.at(seconds=20).now, call=town.at(seconds=3)) == 1
    assert Delivery.objects.get().next_attempt_at == town.at(seconds=20).now


def test_something_leaves_while_a_great_deal_is_still_to_be_fanned_out(town, connect, monkeypatch):
    crm = connect()
    heard_before = []
    fan_out = services.fan_out

    def in_small_parts(**options):
        heard_before.append(len(crm.heard))
        return fan_out(**options, limit=10)

    monkeypatch.setattr(services, "fan_out", in_small_parts)
    people = [town.person(f"person{number}") for number in range(10)]
    for number in range(10):
        for person in people:
            rename(town, person, f"Name {number}")
    assert town.deliver() == 100
    assert any(0 < count < 100 for count in heard_before[:-2]), "a courier does both by turns"


def _closing(act):
    def run():
        try:
            act()
        finally:
            connection.close()

    return run
