"""What a session's end becomes: one delivery for each relying party, in order, retried, given up, replayed."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from audit.models import Event, Pending
from kit.refusal import NotFound
from sync import queries, rules, services
from sync.models import Delivery, Receiver
from sync.queries import LOGOUT, list_troubled
from sync.transports import TRANSPORTS
from sync.types import State

pytestmark = pytest.mark.django_db(transaction=True)


def journaled(*types: str) -> list[tuple]:
    rows = Event.objects.filter(type__in=types).order_by("id")
    return [(row.type, row.client, row.payload.get("error"), row.payload.get("attempts")) for row in rows]


def test_every_site_that_took_part_is_told_once_and_confirms(town, states):
    shop, help_site, stranger = town.site("Shop"), town.site("Help"), town.site("Stranger")
    ana = town.person("ana")
    session = town.sign_in(ana, shop, help_site)
    town.end(session)

    assert queries.get_logout_progress(subject=ana.sub, sids=[session.sid]).notified == 2, "known before the fan-out"
    assert town.deliver() == 2

    progress = queries.get_logout_progress(subject=ana.sub, sids=[session.sid])
    assert (progress.notified, progress.confirmed, progress.complete) == (2, 2, True)
    assert shop.sids == help_site.sids == [session.sid]
    assert stranger.told == []
    assert not Pending.objects.exists()
    assert states() == ["confirmed", "confirmed"]
    assert len(journaled("delivery.confirmed")) == 2
    assert town.deliver() == 0, "never again"


def test_a_site_without_a_back_channel_is_not_counted(town, call):
    from tests.actors import make_client

    ana = town.person("ana")
    shop, silent = town.site("Shop"), make_client(call, name="Silent")
    session = town.sign_in(ana, shop)
    from sessions_hub.services import note_participation

    note_participation(sid=session.sid, client_id=silent.client.client_id, call=call)
    town.end(session)
    town.deliver()
    assert queries.get_logout_progress(subject=ana.sub, sids=[session.sid]).notified == 1


@pytest.mark.parametrize(
    ("reply", "code"), [(404, "status_404"), (401, "status_401"), (202, "status_202"), (429, "status_429")]
)
def test_whatever_is_no_answer_is_tried_again(town, states, reply, code):
    shop = town.site("Shop", reply)
    town.end(town.sign_in(town.person("ana"), shop))
    for tried in range(1, rules.REFUSALS_TAKEN + 3):
        seconds = (Delivery.objects.get().next_attempt_at - town.call.now).total_seconds() if tried > 1 else 0.0
        assert town.deliver(seconds=seconds) == 1
        assert (states(), Delivery.objects.get().last_error) == (["waiting"], code)
    assert len({told.claims["jti"] for told in shop.told}) == tried


def test_what_gets_no_answer_for_a_day_is_given_up(town, states):
    shop, code = town.site("Shop", 500), "status_500"
    session = town.sign_in(town.person("ana"), shop)
    town.end(session)
    seconds, tried = 0.0, 0
    while states() in ([], ["waiting"]):
        tried += town.deliver(seconds=seconds)
        seconds = (Delivery.objects.get().next_attempt_at - town.call.now).total_seconds()
        assert tried < 60
    row = Delivery.objects.get()
    assert (row.state, row.last_error) == ("dead", code)
    assert 20 < tried < 60
    assert len({told.claims["jti"] for told in shop.told}) == tried, "a fresh token each time"
    assert journaled("delivery.unconfirmed", "delivery.abandoned") == [
        ("delivery.unconfirmed", shop.name, code, rules.ALARM_AFTER),
        ("delivery.abandoned", shop.name, code, tried),
    ]


@pytest.mark.parametrize(("reply", "code"), [(400, "refused"), ((302, {"Location": "/other"}), "redirects")])
def test_a_refusal_is_tried_a_few_times_and_given_up(town, states, reply, code):
    shop = town.site("Shop", reply)
    town.end(town.sign_in(town.person("ana"), shop))
    for minute in range(5):
        town.deliver(minutes=minute)
    assert len(shop.told) == rules.REFUSALS_TAKEN
    assert (states(), Delivery.objects.get().last_error) == (["dead"], code)


def test_a_redirect_is_not_followed(town):
    elsewhere = town.site("Elsewhere")
    shop = town.site("Shop", (307, {"Location": elsewhere.uri}))
    town.end(town.sign_in(town.person("ana"), shop))
    town.deliver()
    assert elsewhere.told == []


def test_nobody_at_the_address_is_no_confirmation(town, states):
    shop = town.site("Shop")
    shop.close()
    town.end(town.sign_in(town.person("ana"), shop))
    town.deliver()
    assert (states(), Delivery.objects.get().last_error) == (["waiting"], "no_answer")


def test_retry_after_is_kept_for_everything_that_goes_there(town):
    shop = town.site("Shop", (503, {"Retry-After": "600"}))
    ana, ben = town.person("ana"), town.person("ben")
    first, second = town.sign_in(ana, shop), town.sign_in(ben, shop)
    town.end(first)
    town.deliver()
    town.end(second)
    shop.reply = 200
    assert town.deliver(seconds=599) == 0
    assert town.deliver(seconds=601) == 2
    assert Receiver.objects.get().failures == 0


def test_of_one_person_and_site_a_later_end_waits_for_the_earlier_one(town, states):
    shop = town.site("Shop", 500)
    ana, ben = town.person("ana"), town.person("ben")
    first, second, bens = town.sign_in(ana, shop), town.sign_in(ana, shop), town.sign_in(ben, shop)
    town.end(first), town.end(second), town.end(bens)
    town.deliver()
    assert sorted(shop.sids) == sorted([first.sid, bens.sid]), "people do not wait for each other"
    shop.reply = 200
    town.deliver(minutes=1)
    assert [sid for sid in shop.sids[2:] if sid != bens.sid] == [first.sid, second.sid]
    assert set(states()) == {"confirmed"}


def test_a_dead_letter_holds_nobody_and_an_operator_has_it_tried_again(town, states):
    shop = town.site("Shop", 400)
    ana = town.person("ana")
    first, second = town.sign_in(ana, shop), town.sign_in(ana, shop)
    town.end(first)
    for minute in range(4):
        town.deliver(minutes=minute)
    town.end(second)
    shop.reply = 204
    town.deliver(minutes=5)
    assert states() == ["dead", "confirmed"]

    dead = Delivery.objects.get(state=State.DEAD)
    assert [each.ref for each in queries.list_troubled()] == [dead.ref]
    services.replay_delivery(ref=dead.ref, call=town.at(minutes=6))
    town.deliver(minutes=6)
    assert states() == ["confirmed", "confirmed"]
    assert shop.sids[-1] == first.sid
    with pytest.raises(NotFound):
        services.replay_delivery(ref=dead.ref, call=town.call)


@pytest.mark.sqlite
def test_a_lease_that_is_over_is_taken_by_another_and_the_first_one_changes_nothing_more(town, states):
    shop = town.site("Shop")
    town.end(town.sign_in(town.person("ana"), shop))
    services.fan_out(call=town.call)
    until = town.call.now + timedelta(seconds=20)
    [lost] = services.lease_deliveries(until=until, limit=5, call=town.call)
    assert town.deliver(seconds=19) == 0
    [again] = services.lease_deliveries(until=until + timedelta(minutes=1), limit=5, call=town.at(seconds=20))
    assert (again.ref, again.attempt) == (lost.ref, 2)
    from sync.types import Answer, Outcome

    assert services.fail_delivery(order=lost, outcome=Outcome(Answer.FAILED, "late"), call=town.call) is None
    services.confirm_delivery(order=again, call=town.at(seconds=21))
    services.confirm_delivery(order=lost, call=town.at(seconds=22))
    assert states() == ["confirmed"]
    assert len(journaled("delivery.confirmed")) == 1


def test_a_slow_site_delays_no_other_and_is_never_sent_everything_at_once(town):
    def dawdle(told):
        time.sleep(1.5)
        return 200

    slow, quick = town.site("Slow", dawdle), town.site("Quick")
    people = [town.person(f"person{number}") for number in range(12)]
    sessions = [town.sign_in(person, slow, quick) for person in people]
    for session in sessions:
        town.end(session)
    begun = time.monotonic()
    assert town.deliver() == 24
    assert len(quick.told) == 12
    assert max(told.at for told in quick.told) - begun < 1.5, "all of them before the first slow answer"
    assert slow.most_at_once == TRANSPORTS[LOGOUT].at_once


def test_a_client_that_is_switched_off_is_not_told_and_one_that_lost_its_address_is_given_up(town, states):
    from oauth.models import Client
    from oauth.queries import forget_clients

    shop = town.site("Shop")
    town.end(town.sign_in(town.person("ana"), shop))
    services.fan_out(call=town.call)
    Client.objects.update(backchannel_logout_uri="")
    forget_clients()
    for minute in range(4):
        town.deliver(minutes=minute)
    assert (states(), Delivery.objects.get().last_error) == (["dead"], "no_address")


def test_old_deliveries_go_and_open_ones_stay(town, states):
    shop, silent = town.site("Shop"), town.site("Silent", 500)
    town.end(town.sign_in(town.person("ana"), shop, silent))
    town.deliver()
    assert services.clear_deliveries(older_than=timedelta(days=30), call=town.at(days=29)) == 0
    assert services.clear_deliveries(older_than=timedelta(days=30), call=town.at(days=31)) == 1
    assert states() == ["waiting"]


@pytest.mark.parametrize("breaks", ["in Python", "in the database"])
def test_a_fact_that_cannot_be_addressed_is_told_and_holds_up_no_other(town, states, monkeypatch, breaks):
    shop = town.site("Shop")
    poisoned, sound = (town.sign_in(town.person(name), shop) for name in ("ana", "ben"))
    whole = TRANSPORTS[LOGOUT]

    def address(fact):
        if fact.session == poisoned.sid:
            if breaks == "in the database":
                Delivery.objects.extra(where=["1 = 'one'::int"]).exists()  # leaves the transaction unusable
            raise ZeroDivisionError
        return whole.address(fact)

    monkeypatch.setitem(TRANSPORTS, LOGOUT, replace(whole, address=address))
    for state in (poisoned, sound):
        town.end(state)
    town.deliver()
    assert shop.sids == [sound.sid]
    dead = Delivery.objects.get(state="dead")
    assert (dead.session, dead.last_error) == (poisoned.sid, "cannot_be_addressed")
    assert Event.objects.filter(type="delivery.abandoned", session=poisoned.sid).count() == 1
    assert [each.ref for each in list_troubled()] == [dead.ref]

    monkeypatch.setitem(TRANSPORTS, LOGOUT, whole)
    services.replay_delivery(ref=dead.ref, call=town.call)
    town.deliver()
    assert shop.sids == [sound.sid, poisoned.sid]
    assert states() == ["confirmed", "confirmed"]


def test_a_pending_fact_whose_event_is_gone_holds_up_no_other(town):
    shop = town.site("Shop")
    state = town.sign_in(town.person("ana"), shop)
    Pending.objects.create(subject=state.subject, seq=99_999, event_id="evt_gone")
    town.end(state)
    town.deliver()
    assert shop.sids == [state.sid]
    assert not Pending.objects.exists()


def test_a_transport_that_breaks_down_delays_itself_only(town, states, monkeypatch):
    shop = town.site("Shop")
    town.end(town.sign_in(town.person("ana"), shop))

    def break_down(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("sync.transports.backchannel_logout.fetch", break_down)
    town.deliver()
    assert (states(), Delivery.objects.get().last_error) == (["waiting"], "transport_broke")
    monkeypatch.undo()
    monkeypatch.setattr("sync.services.bell._ring", lambda: None)
