"""A connected system that fails without saying so is found within one cycle and named; a good one is left in peace."""

import time
from datetime import timedelta

import pytest

from accounts.services import erase_account
from audit.models import Event
from config.waiting import WaitingWork
from consent.services import record_choices
from consent.types import Action, Choice, NoticeRef, Tier
from notifications.models import Message
from sync import rules, services
from sync.flows.silence import listen
from sync.models import Canary, Copy, Delivery, Incident, Round
from sync.queries import count_incidents, get_silence, list_incidents, where_consent_stands
from sync.types import Force, Found, Trouble
from tests.connecting import rename
from tests.keeper import CYCLE, every
from tests.services.consent.conftest import fill_catalog

pytestmark = pytest.mark.django_db(transaction=True)
PURPOSE = "marketing.email"


def people(town, count):
    return [town.person(f"person{number}") for number in range(count)]


def rename_all(town, who, name, minute):
    for person in who:
        rename(town, person, f"{name} {person.sub[-4:]}", minutes=minute)


def test_on_a_healthy_day_nobody_is_alarmed(town, clock, keep):
    crm, tool = keep(), keep(slug="tool")
    who = people(town, 12)
    gone = town.person("gone")

    def live(minute):
        if minute % 7 == 0:
            rename_all(town, who[minute % 12 :], f"At {minute}", minute)
        if minute == 60:
            crm.answers = 503  # a short breath
        if minute == 62:
            crm.answers = 200
        if minute == 90:
            erase_account(sub=gone.sub, reason="asked_for_it", call=clock.call)

    clock.pass_time(150, live)
    assert Incident.objects.count() == 0
    assert Copy.objects.exclude(drift="").count() == 0
    assert Round.objects.filter(kind="sample").count() >= 2
    assert {each.heartbeat for each in Round.objects.filter(connection__slug="tool")} == {""}
    assert Delivery.objects.filter(state="confirmed", read_back_at=None).count() < 30, "all but the last are read back"
    seen = get_silence(slug="crm", now=clock.call.now)
    assert seen.reads_back
    assert seen.compared > 100
    assert (seen.found, seen.apart, seen.incidents) == (0, 0, ())
    [canary] = tool.people.keys() - crm.people.keys()
    assert canary == Canary.objects.get(connection__slug="tool").subject


def test_who_answers_and_drops_everything_is_found_by_the_canary_alone(town, clock, keep):
    crm = keep()
    clock.pass_time(20)
    crm.fault = every(1, "drop")
    assert clock.wait_for(Trouble.SILENT) <= CYCLE
    [incident] = list_incidents()
    assert (incident.connection, incident.subjects) == ("crm", 1)
    crm.fault = lambda _: ""
    clock.pass_time(16)
    assert list_incidents() == []
    assert set(Event.objects.filter(type__startswith="incident.").values_list("type", flat=True)) == {
        "incident.opened",
        "incident.closed",
    }


def test_who_drops_one_in_a_hundred_is_found_within_one_cycle_named_and_mended(town, clock, keep):
    crm = keep()
    who = people(town, 200)
    rename_all(town, who, "First", 0)
    clock.pass_time(12)
    crm.fault = every(100, "drop")
    rename_all(town, who, "Second", clock.minute)
    assert clock.wait_for(Trouble.DROPPED) <= CYCLE
    crm.fault = lambda _: ""
    [incident] = list_incidents()
    lost = {each.sub for each in who if not crm.people[each.sub]["facts"]["name"].startswith("Second")}
    assert len(lost) == 2
    assert set(incident.examples) == lost
    clock.pass_time(11)
    assert list_incidents() == []
    assert all(crm.people[each.sub]["facts"]["name"].startswith("Second") for each in who)
    assert get_silence(slug="crm", now=clock.call.now).repaired == 2


def test_who_corrupts_one_in_a_hundred_is_found_within_one_cycle_and_mended(town, clock, keep):
    crm = keep()
    who = people(town, 200)
    clock.pass_time(6)
    crm.fault = every(100, "corrupt")
    rename_all(town, who, "First", clock.minute)
    assert clock.wait_for(Trouble.CORRUPTED) <= CYCLE
    crm.fault = lambda _: ""
    clock.pass_time(11)
    assert list_incidents() == []
    assert "Somebody Else" not in {each["facts"].get("name") for each in crm.people.values()}


@pytest.mark.parametrize("answer", [500, 0])
def test_who_stops_is_found_within_one_cycle_and_it_is_over_when_he_answers(town, clock, keep, answer):
    crm = keep()
    clock.pass_time(8)
    crm.answers = answer
    assert clock.wait_for(Trouble.STOPPED) <= CYCLE
    crm.answers = 200
    clock.pass_time(12)
    assert list_incidents() == []


def test_who_says_200_to_everything_cannot_say_what_he_holds(clock, keep):
    crm = keep()
    crm.digest_answers = (200, {}, b"OK")
    assert clock.wait_for(Trouble.SILENT) <= CYCLE
    assert list_incidents()[0].code == rules.UNREADABLE


def test_who_does_not_know_somebody_has_failed_and_is_told_of_her_again(town, clock, keep):
    crm = keep()
    ana, ben = town.person("ana"), town.person("ben")
    rename(town, ana, "Ana Willow")
    rename(town, ben, "Ben Larch")
    clock.pass_time(7)
    rename(town, ben, "Ben Alder", minutes=clock.minute)
    del crm.people[ana.sub]
    clock.wait_for(Trouble.NO_IDENTITY, within=timedelta(hours=1, minutes=10))
    clock.pass_time(11)
    assert crm.people[ana.sub]["facts"]["name"] == "Ana Willow"
    assert list_incidents() == []


def test_who_still_holds_an_erased_person_is_the_worst(town, clock, keep):
    crm = keep()
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    clock.pass_time(7)
    crm.fault = lambda event: "drop" if event["type"] == "account.erased" else ""
    erase_account(sub=ana.sub, reason="asked_for_it", call=clock.call)
    clock.pass_time(1)
    crm.people[ana.sub]["seq"] += 1  # it took it, and keeps her
    assert clock.wait_for(Trouble.MORE_PERMISSIVE) <= CYCLE


@pytest.fixture
def choose(town, clock):
    fill_catalog(town.call)

    def make(person, action):
        choice = Choice(
            event_id=f"{person.sub}-{action}-{clock.minute}",
            party=person.sub,
            purpose=PURPOSE,
            action=action,
            tier=Tier.VERIFIED,
            notice=NoticeRef("privacy", 1, "en"),
        )
        record_choices(choices=[choice], call=clock.call)

    return make


CONSENT = {
    "event_types": ("profile.changed", "consent.granted", "consent.withdrawn", "consent.denied"),
    "purpose": PURPOSE,
    "owner_channel": "web",
    "keeps_consent": True,
}


def test_who_permits_what_was_withdrawn_is_found_within_one_cycle_and_told_again(town, clock, keep, choose):
    tool = keep(slug="tool", **CONSENT)
    ana = town.person("ana")
    choose(ana, Action.GRANT)
    clock.pass_time(7)
    assert tool.people[ana.sub]["permits"] == {PURPOSE}
    assert [each.force for each in where_consent_stands(ana.sub, PURPOSE)] == [Force.READ_BACK]
    tool.fault = lambda _: "ignore_no"
    choose(ana, Action.WITHDRAW)
    assert [each.force for each in where_consent_stands(ana.sub, PURPOSE)] == [Force.WAITING]
    town.deliver(minutes=clock.minute)
    [there] = where_consent_stands(ana.sub, PURPOSE)
    assert (there.force, there.type, there.in_force) == (Force.ACKNOWLEDGED, "consent.withdrawn", False)
    assert clock.wait_for(Trouble.MORE_PERMISSIVE) <= CYCLE
    [there] = where_consent_stands(ana.sub, PURPOSE)
    assert (there.force, there.in_force) == (Force.CONTRADICTED, False)
    tool.fault = lambda _: ""
    clock.pass_time(11)
    assert list_incidents() == []
    [there] = where_consent_stands(ana.sub, PURPOSE)
    assert (there.force, there.in_force, there.name) == (Force.READ_BACK, True, "TOOL")
    assert tool.people[ana.sub]["permits"] == set()


def test_a_withdrawal_on_its_way_is_no_incident_and_the_canary_refuses_everything(town, clock, keep, choose):
    tool = keep(slug="tool", **CONSENT)
    who = people(town, 5)

    def live(minute):
        choose(who[minute % 5], Action.GRANT if minute % 2 else Action.WITHDRAW)

    clock.pass_time(60, live)
    assert Incident.objects.count() == 0
    canary = Canary.objects.get().subject
    assert tool.people[canary]["permits"] == set()
    tool.people[canary]["permits"] = {PURPOSE}
    assert clock.wait_for(Trouble.MORE_PERMISSIVE) <= CYCLE


def test_a_policy_only_tells_and_an_operator_is_mailed_once(town, clock, keep, settings):
    settings.OPERATORS_EMAIL = "olga@x.example"
    crm = keep(options={"on_drift": "tell"})
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    clock.pass_time(7)
    crm.people[ana.sub]["facts"] = {"name": "Somebody Else"}
    clock.wait_for(Trouble.CORRUPTED, within=timedelta(hours=1, minutes=10))
    clock.pass_time(20)
    assert crm.people[ana.sub]["facts"] == {"name": "Somebody Else"}
    assert not Event.objects.filter(type="state.repeated").exists()
    assert Message.objects.count() == 1
    assert count_incidents() == {("crm", "corrupted"): 1}
    [family] = [each for each in WaitingWork().collect() if each.name == "throughline_sync_incidents"]
    assert [(each.labels, each.value) for each in family.samples] == [({"system": "crm", "trouble": "corrupted"}, 1)]


def test_what_cannot_be_mended_is_sent_three_times_and_stays_an_incident(town, clock, keep):
    crm = keep()
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    clock.pass_time(7)
    crm.fault = lambda event: "drop" if event["subject"] == ana.sub else ""
    rename(town, ana, "Ana Larch", minutes=clock.minute)
    clock.wait_for(Trouble.DROPPED)
    clock.pass_time(60)
    assert Event.objects.filter(type="state.repeated").count() == rules.REPAIRS_TRIED
    assert [each.trouble for each in list_incidents()] == [Trouble.DROPPED]


def test_a_slow_system_delays_no_look_at_another(clock, keep):
    crm, tool = keep(), keep(slug="tool")
    hear = crm.__class__.__call__

    def dawdle(heard):
        time.sleep(0.7)
        return hear(crm, heard)

    crm.listener.reply = dawdle
    ended = []
    conclude = services.conclude_round

    def note(**said):
        ended.append((said["begun"].connection.slug, time.monotonic()))
        conclude(**said)

    begun = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "conclude_round", note)
        listen(make_call=lambda: clock.call)
    assert [slug for slug, _ in ended] == ["tool", "crm"]
    assert ended[0][1] - begun < 0.6
    assert tool.asked == 0


def test_nobody_looks_twice_at_a_time_and_what_broke_down_is_taken_over(town, clock, keep):
    keep()
    assert services.begin_round(slug="crm", call=clock.call) is not None
    clock.minute += 1
    assert services.begin_round(slug="crm", call=clock.call) is None
    clock.minute += 10
    assert services.begin_round(slug="crm", call=clock.call) is not None
    assert Round.objects.filter(ended_at=None).count() == 1


def test_a_system_that_cannot_be_asked_says_so(town, clock, connect):
    connect()
    ana = town.person("ana")
    rename(town, ana, "Ana Willow")
    clock.pass_time(7)
    seen = get_silence(slug="crm", now=clock.call.now)
    assert (seen.reads_back, seen.compared, seen.last.heartbeat, seen.last.reading) == (False, 0, "", None)
    assert Delivery.objects.get().applied_at is None


def test_a_night_compares_everything_page_by_page(town, clock, keep, monkeypatch):
    crm = keep()
    who = people(town, 9)
    rename_all(town, who, "First", 0)
    clock.pass_time(7)
    monkeypatch.setattr(rules.silence, "MOST_IN_A_ROUND", 4)
    monkeypatch.setattr(rules, "MOST_IN_A_ROUND", 4)
    crm.people[who[0].sub]["facts"] = {"name": "Somebody Else"}
    crm.people[who[8].sub]["facts"] = {"name": "Somebody Else"}
    clock.minute = 24 * 60
    clock.pass_time(26)
    assert Round.objects.filter(kind="full").count() >= 4
    seen = get_silence(slug="crm", now=clock.call.now)
    assert (seen.found, seen.apart, {each.trouble for each in seen.incidents}) == (2, 0, {Trouble.CORRUPTED})


def test_a_night_that_ran_out_of_time_goes_on_behind_those_it_got_to_also_who_is_on_the_move(town, clock, keep):
    keep()
    who = sorted(people(town, 3), key=lambda each: each.sub)
    rename_all(town, who, "First", 0)
    clock.pass_time(7)
    clock.minute = 24 * 60
    begun = services.begin_round(slug="crm", call=clock.call)
    assert begun is not None
    assert begun.kind == "full"
    page = [each for each in begun.page if each in {person.sub for person in who}]
    rename(town, who[0], "Second", minutes=clock.minute)
    first = begun.page[: begun.page.index(page[2])]  # the third was not got to
    found = Found(reading="", alike=frozenset(first) - {page[0]}, apart={page[0]: Trouble.DROPPED})
    services.conclude_round(begun=begun, found=found, call=clock.call)
    assert Round.objects.first().cursor == first[-1]
    assert list_incidents() == []
