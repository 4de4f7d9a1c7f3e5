"""What the answer to a webhook means: success, patience, a pause, an end."""

import time
from datetime import timedelta

import pytest

from audit.models import Event
from sync import rules, services
from sync.models import Delivery, Receiver
from sync.queries import get_connection
from sync.types import Standing
from tests.connecting import rename

pytestmark = pytest.mark.django_db(transaction=True)


FAILURES = {
    "500": (500, "status_500"),
    "404": (404, "status_404"),
    "429": ((429, {}), "status_429"),
    "502": (502, "status_502"),
    "301": ((301, {"Location": "http://127.0.0.1:1/"}), "redirects"),
    "a reset": (0, "no_answer"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_is_no_success_is_tried_again_for_days_and_arrives_when_it_can(town, connect, states, name):
    reply, code = FAILURES[name]
    crm = connect(reply)
    rename(town, town.person("ana"), "Ana Willow")
    at = timedelta(0)
    while at < timedelta(days=2):
        town.deliver(seconds=at.total_seconds())
        row = Delivery.objects.get()
        assert (row.state, row.last_error) == ("waiting", code)
        at = row.next_attempt_at - town.call.now
    assert 40 < len(crm.heard) < 140
    assert len(set(crm.ids)) == 1, "one id over all attempts"
    assert len({each.body for each in crm.heard}) == 1
    crm.reply = 200
    town.deliver(seconds=at.total_seconds())
    assert states() == ["confirmed"]
    assert Receiver.objects.get().failures == 0


def test_after_three_days_it_is_a_dead_letter_and_a_replay_has_the_same_id(town, connect, states):
    crm = connect(500)
    rename(town, town.person("ana"), "Ana Willow")
    at = timedelta(0)
    while states() in ([], ["waiting"]):
        town.deliver(seconds=at.total_seconds())
        at = Delivery.objects.get().next_attempt_at - town.call.now
    assert timedelta(days=2, hours=22) < at < timedelta(days=3)
    assert states() == ["dead"]
    crm.reply = 200
    services.replay_delivery(ref=Delivery.objects.get().ref, call=town.at(days=4))
    town.deliver(days=4)
    assert states() == ["confirmed"]
    assert len(set(crm.ids)) == 1


def test_gone_pauses_the_system_says_so_and_loses_nothing(town, connect, states):
    crm = connect(410)
    ana = town.person("ana")
    rename(town, ana, "Ana Willow", "Ana Larch")
    town.deliver()
    state = get_connection(slug="crm")
    assert (state.standing, state.reason) == (Standing.PAUSED, "gone")
    assert Event.objects.get(type="connection.paused").payload["reason"] == "gone"
    assert town.deliver(days=5) == 0
    assert len(crm.heard) == 1
    crm.reply = 200
    services.resume_connection(slug="crm", call=town.at(days=5))
    assert town.deliver(days=5) == 2
    assert states() == ["confirmed", "confirmed"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_who_has_too_much_to_do_is_left_alone_at_once(town, connect, status):
    crm = connect(status)
    for number in range(6):
        rename(town, town.person(f"person{number}"), "Somebody")
    town.deliver()
    assert len(crm.heard) <= 6
    told = len(crm.heard)
    rename(town, town.person("ana"), "Ana Willow")
    assert town.deliver(seconds=0.5) == 0
    assert len(crm.heard) == told
    quiet = Receiver.objects.get().quiet_until
    assert quiet > town.call.now


def test_retry_after_holds_for_everything_that_goes_there(town, connect):
    crm = connect((503, {"Retry-After": "900"}))
    rename(town, town.person("ana"), "Ana Willow")
    town.deliver()
    rename(town, town.person("ben"), "Ben Larch")
    crm.reply = 200
    assert town.deliver(seconds=899) == 0
    assert town.deliver(seconds=901) == 2


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_content_that_is_refused_is_tried_three_times_and_then_holds_nobody(town, connect, states, status):
    crm = connect(status)
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    for minute in range(4):
        town.deliver(minutes=minute)
    assert len(crm.heard) == rules.REFUSALS_TAKEN
    crm.reply = 200
    rename(town, ana, "Ana Larch")
    town.deliver(minutes=5)
    assert states() == ["dead", "confirmed"]


def test_a_poison_event_holds_its_subject_an_hour_or_so_and_nobody_else(town, connect, states):
    ana, ben = town.person("ana"), town.person("ben")
    poisoned = [""]
    crm = connect(lambda heard: 500 if heard.event["subject"] == ana.sub and heard.id == poisoned[0] else 200)
    rename(town, ana, "Ana Poison", "Ana Sound")
    services.fan_out(call=town.call)
    poisoned[0] = Delivery.objects.order_by("id").first().event_id
    at, waited = timedelta(0), 0
    while Delivery.objects.filter(state="dead").count() == 0:
        rename(town, ben, f"Ben {waited}")
        town.deliver(seconds=at.total_seconds())
        assert Delivery.objects.filter(subject=ben.sub).exclude(state="confirmed").count() == 0, "others pass"
        at, waited = at + timedelta(seconds=60), waited + 1
        assert at < timedelta(hours=4)
    town.deliver(seconds=at.total_seconds())
    hers = [each.id for each in crm.heard if each.event["subject"] == ana.sub]
    assert len(set(hers)) == 2
    assert set(states()) == {"dead", "confirmed"}
    assert timedelta(minutes=30) < at < timedelta(hours=3)


def test_a_system_that_is_down_is_asked_once_in_a_while_and_catches_up_at_once(town, connect):
    crm = connect(500)
    people = [town.person(f"person{number}") for number in range(20)]
    for person in people:
        rename(town, person, "One", "Two")
    at = 0.0
    while at < 3600:
        town.deliver(seconds=at)
        quiet = Receiver.objects.get().quiet_until
        at = max(at + 1, (quiet - town.call.now).total_seconds() if quiet else 0)
    assert len(crm.heard) < 200, "an hour of being down costs a probe a minute or so"
    crm.reply = 200
    crm.heard.clear()
    town.deliver(seconds=at)
    town.deliver(seconds=at + 1)
    assert len(crm.heard) == 40, "everything is due when it answers again"


def test_a_slow_system_delays_no_other(town, connect):
    def dawdle(_heard):
        time.sleep(1.5)
        return 200

    slow, quick = connect(dawdle, slug="slow"), connect(slug="quick")
    for number in range(40):
        rename(town, town.person(f"person{number}"), "Somebody")
    town.deliver()
    assert len(quick.heard) == 40
    assert max(each.at for each in quick.heard) < max(each.at for each in slow.heard), "it waits for none of the three"
    assert slow.most_at_once <= 16
