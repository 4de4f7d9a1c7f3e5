"""Ending sessions on the pages: customers their own, operators a customer's; *confirmed by n of m* afterwards."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from accounts.types import Role
from audit.models import Event
from kit import clock
from portal import queries
from sessions_hub.queries import find_live_session, list_live_sessions
from sessions_hub.services import revoke_session, start_child_session
from sessions_hub.types import Via
from sync.models import Delivery
from tests.actors import sign_in
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr("sync.flows.endings.SECONDS", 0.05)


def lives(state) -> bool:
    return find_live_session(sid=state.sid, now=clock.now()) is not None


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def follow(browser, path, **fields) -> str:
    response = browser.post(path, fields, follow=True)
    assert response.status_code == 200
    return text_of(response)


@pytest.fixture
def ana(town):
    town.site("Nobody there")  # the channel
    return town.person("ana")


@pytest.fixture
def laptop(ana):
    return sign_in(ana)


def test_the_list_says_channel_app_level_and_methods(town, ana, laptop):
    town.sign_in(ana, town.site("Shop"))
    said = text_of(laptop.get("/sessions/"))
    assert "Website · Shop" in said
    assert "Signed in with one proof: password" in said
    assert "This device" in said


def test_a_child_says_how_it_came_and_to_what_it_belongs(town, ana, laptop, call):
    parent = town.sign_in(ana)
    start_child_session(parent_sid=parent.sid, channel="web", via=Via.HANDOFF, client_id="", call=call)
    assert "Carried over by a link or code, belongs to Unknown device (Website)" in text_of(laptop.get("/sessions/"))


def test_what_is_no_browser_of_hers_is_called_by_its_app(town, ana, laptop, call):
    parent, kiosk = town.sign_in(ana), town.site("Store kiosk")
    later = replace(call, now=call.now + timedelta(minutes=2))
    child = start_child_session(
        parent_sid=parent.sid, channel="web", via=Via.DEVICE_CODE, client_id=kiosk.name, call=later
    )
    device = queries.find_device(subject=ana.sub, sid=child.sid, current_sid=None, now=later.now)
    assert device is not None
    assert (device.name, device.apps) == ("Store kiosk", ())
    assert device.last_seen_at == later.now, "nobody used it before it began"
    assert "Store kiosk Website Signed in" in text_of(laptop.get("/sessions/"))


def test_one_that_has_ended_in_the_meantime_is_no_error(town, ana, laptop, call):
    gone = town.sign_in(ana)
    revoke_session(sid=gone.sid, reason="signed_out", call=call)
    assert "That one is signed out already." in follow(laptop, f"/sessions/{gone.sid}/end/")


def test_ending_one_names_who_has_confirmed_and_who_has_not(town, ana, laptop):
    shop, silent = town.site("Shop"), town.site("Silent", 500)
    there = town.sign_in(ana, shop, silent)
    assert "Sign out Unknown device?" in text_of(laptop.get(f"/sessions/{there.sid}/end/"))
    assert "Confirmed by 0 of 2" in follow(laptop, f"/sessions/{there.sid}/end/")
    assert not lives(there)
    town.deliver(seconds=5)
    said = text_of(laptop.get("/sessions/ended/"))
    assert "Confirmed by 1 of 2" in said
    assert re.search(r"Silent Not confirmed yet .*told 1 time .*Shop Confirmed", said)
    silent.reply = 200
    town.deliver(minutes=5)
    said = text_of(laptop.get("/sessions/ended/"))
    assert "Confirmed by 2 of 2: every app knows" in said
    assert "Look again" not in said


def test_ending_all_others_keeps_this_one(town, ana, laptop):
    shop = town.site("Shop")
    there = [town.sign_in(ana, shop) for _ in range(2)]
    assert "Confirmed by 0 of 2" in follow(laptop, "/sessions/end-others/")
    assert [lives(each) for each in there] == [False, False]
    assert laptop.get("/sessions/").status_code == 200


def test_ending_all_ends_this_one_too_and_still_tells_how_far_it_got(town, ana, laptop):
    shop = town.site("Shop")
    town.sign_in(ana, shop)
    assert laptop.get("/sessions/end-all/").status_code == 200
    said = follow(laptop, "/sessions/end-all/")
    assert "Signed out" in said
    assert "Confirmed by 0 of 1" in said
    assert list_live_sessions(subject=ana.sub, now=clock.now()) == []
    assert laptop.get("/sessions/")["Location"].startswith("/accounts/login/")
    town.deliver(seconds=5)
    assert "Confirmed by 1 of 1" in text_of(laptop.get("/sessions/ended/"))


def test_nobody_else_learns_what_was_ended_in_this_browser(town, ana, laptop):
    town.sign_in(ana, town.site("Shop"))
    follow(laptop, "/sessions/end-all/")
    ben = town.person("ben")
    laptop.post("/accounts/login/", {"login": ben.email, "password": "correct horse battery staple"})
    assert laptop.get("/sessions/ended/")["Location"] == "/sessions/"
    assert Client().get("/sessions/ended/")["Location"] == "/sessions/"


@pytest.mark.parametrize("sid", ["ben's", "ses_nothing", "%00", "x" * 5000])
def test_what_is_not_hers_cannot_be_ended(town, ana, laptop, sid):
    bens = town.sign_in(town.person("ben"))
    response = laptop.post(f"/sessions/{bens.sid if sid == chr(98) + 'en' + chr(39) + 's' else sid}/end/")
    assert response.status_code in (400, 404)
    assert lives(bens)


# --- Operators --------------------------------------------------------------------------------------------------


def test_support_ends_a_customers_session_and_the_journal_keeps_who_and_why(town, ana, call):
    browser, actor = sign_in_operator(Role.SUPPORT, call)
    there, elsewhere = town.sign_in(ana, town.site("Shop")), town.sign_in(ana)
    page = f"/console/customers/{ana.sub}/sessions/"
    assert "Website · Shop" in text_of(browser.get(page))
    said = follow(browser, f"{page}end/", sid=there.sid, reason="device_lost")
    assert "Confirmed by 0 of 1" in said
    assert (lives(there), lives(elsewhere)) == (False, True)
    [event] = Event.objects.filter(type="session.revoked", session=there.sid)
    assert (event.actor, event.payload) == (actor, {"reason": "ended_by_operator.device_lost"})
    follow(browser, f"{page}end/", sid="", reason="misuse_suspected")
    assert not lives(elsewhere)


def test_without_a_reason_nothing_is_ended(town, ana, call):
    browser, _ = sign_in_operator(Role.SUPPORT, call)
    there = town.sign_in(ana)
    for reason in ("", "because", "device_lost\x00"):
        answer = browser.post(f"/console/customers/{ana.sub}/sessions/end/", {"sid": there.sid, "reason": reason})
        assert answer.status_code == 400
    assert lives(there)


def test_the_session_of_another_is_not_ended_through_her_page(town, ana, call):
    browser, _ = sign_in_operator(Role.SUPPORT, call)
    bens = town.sign_in(town.person("ben"))
    address = f"/console/customers/{ana.sub}/sessions/end/"
    assert browser.post(address, {"sid": bens.sid, "reason": "device_lost"}).status_code == 404
    assert lives(bens)


def test_an_operator_sees_what_nobody_confirms_and_has_it_tried_again(town, ana, call):
    browser, actor = sign_in_operator(Role.SUPPORT, call)
    refusing = town.site("Refusing", 400)
    town.end(town.sign_in(ana, refusing))
    town.deliver()
    assert "Still tried The app refused the logout token" in text_of(browser.get("/console/deliveries/"))
    for minute in range(4):
        town.deliver(minutes=minute)
    assert "Refusing Given up" in text_of(browser.get("/console/deliveries/"))
    refusing.reply = 200
    follow(browser, "/console/deliveries/replay/", ref=Delivery.objects.get().ref)
    town.deliver(minutes=10)
    assert Delivery.objects.get().state == "confirmed"
    assert Event.objects.get(type="delivery.replayed").actor == actor
    assert "Everybody has confirmed" in text_of(browser.get("/console/deliveries/"))


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER, Role.STEWARD])
def test_other_roles_find_no_such_pages(town, ana, call, role):
    browser, _ = sign_in_operator(role, call)
    for path in (f"/console/customers/{ana.sub}/sessions/", "/console/deliveries/"):
        assert browser.get(path).status_code == 404


def test_an_auditor_looks_and_changes_nothing(town, ana, call):
    browser, _ = sign_in_operator(Role.AUDITOR, call)
    there = town.sign_in(ana)
    page = f"/console/customers/{ana.sub}/sessions/"
    assert "End sessions" not in text_of(browser.get(page))
    assert browser.post(f"{page}end/", {"sid": there.sid, "reason": "device_lost"}).status_code == 404
    assert browser.get("/console/deliveries/").status_code == 200
    assert browser.post("/console/deliveries/replay/", {"ref": "x"}).status_code == 404
    assert lives(there)


def test_a_customer_finds_no_such_pages(town, ana, laptop):
    for path in (f"/console/customers/{ana.sub}/sessions/", "/console/deliveries/"):
        assert laptop.get(path).status_code == 404
