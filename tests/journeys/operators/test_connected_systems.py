"""An operator connects a system, tests and watches it, gives it a new secret, pauses it, replays dead letters."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.services import change_name
from accounts.types import Role
from kit import clock
from kit.call import CallContext
from sync.flows.delivery import deliver_waiting
from sync.flows.silence import listen
from sync.models import Connection, Delivery
from sync.queries import open_secrets
from tests.actors import make_customer
from tests.journeys.governing.test_two_operators import text_of
from tests.listener import Listener, listener
from tests.operators import sign_in_operator
from tests.town import name_service

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEMS = "/console/systems/"


@pytest.fixture(autouse=True)
def quiet_and_on_this_machine(settings: Any, monkeypatch: Any, call: CallContext) -> None:
    settings.FETCH_ALLOW_LOOPBACK = True
    monkeypatch.setattr("sync.services.bell._ring", lambda: None)
    name_service(call)


def connect(browser: Client, crm: Listener, **more: Any) -> Any:
    form = {
        "slug": "crm",
        "name": "The CRM",
        "kind": "webhook",
        "endpoint": crm.url,
        "event_types": ["profile.changed", "account.erased"],
        "attributes": ["email"],
        "purpose": "service",
        "freshness": "60",
        "cycle": "900",
    }
    return browser.post(f"{SYSTEMS}connect/", form | more)


def secret_on(page: Any) -> str:
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", unescape(page.content.decode()))
    assert found
    return found[0]


def test_an_operator_connects_tests_and_watches_a_system(call: CallContext) -> None:
    admin, actor = sign_in_operator(Role.ADMIN, call)
    with listener((200, {}, b"<b>hello</b>")) as crm:
        page = connect(admin, crm)
        secret = secret_on(page)
        assert "no-store" in page["Cache-Control"]
        assert secret not in admin.get(f"{SYSTEMS}crm/").content.decode(), "shown once"

        tested = admin.post(f"{SYSTEMS}crm/do/", {"do": "test"}).content.decode()
        assert crm.heard[0].verify(secret)["type"] == "throughline.verification"
        assert "The test arrived" in tested
        assert "&lt;b&gt;hello&lt;/b&gt;" in tested

        ana = make_customer(call)
        change_name(sub=ana.sub, name="Ana Willow", call=call)
        deliver_waiting(make_call=lambda: call)
        assert crm.heard[1].verify(secret)["data"]["attributes"] == {"email": ana.email}
        watched = admin.get(f"{SYSTEMS}crm/").content.decode()
        assert "profile.changed" in watched
        assert "The CRM" in admin.get(SYSTEMS).content.decode()
        assert "Connected systems" in admin.get("/console/").content.decode()
    assert actor


def test_a_new_secret_is_shown_once_and_the_old_one_can_be_forgotten_at_once(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener() as crm:
        old = secret_on(connect(admin, crm))
        new = secret_on(admin.post(f"{SYSTEMS}crm/do/", {"do": "rotate"}))
        assert set(open_secrets(slug="crm", now=call.now)) == {old, new}
        admin.post(f"{SYSTEMS}crm/do/", {"do": "end_rotation"})
        assert open_secrets(slug="crm", now=call.now) == (new,)


def test_a_system_that_stopped_is_named_on_its_page_and_in_the_list(call: CallContext) -> None:
    support, _ = sign_in_operator(Role.SUPPORT, call)
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener(500) as crm:
        connect(admin, crm, digest_url=crm.url.replace("hooks", "digest"))
        assert "Nothing is known yet" in support.get(f"{SYSTEMS}crm/").content.decode()
        for minutes in (0, 6):
            listen(make_call=lambda at=minutes: replace(call, now=call.now + timedelta(minutes=at)))  # type: ignore[misc]
        for page in (f"{SYSTEMS}crm/", SYSTEMS):
            seen = support.get(page).content.decode()
            assert "It does not answer" in seen
            assert "Something is wrong" in seen


def test_pausing_resuming_changing_and_switching_off(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener() as crm:
        connect(admin, crm)
        for deed, standing in (("pause", "paused"), ("resume", "active"), ("disable", "disabled")):
            assert admin.post(f"{SYSTEMS}crm/do/", {"do": deed}).status_code == 302
            assert Connection.objects.get().standing == standing
        assert admin.post(f"{SYSTEMS}crm/do/", {"do": "explode"}).status_code == 400
        edited: dict[str, Any] = {"name": "Old CRM", "endpoint": crm.url, "event_types": ["account.erased"]}
        edited |= {"freshness": 5, "cycle": 60}
        assert admin.get(f"{SYSTEMS}crm/edit/").status_code == 200
        assert admin.post(f"{SYSTEMS}crm/edit/", edited).status_code == 302
        row = Connection.objects.get()
        assert (row.name, row.event_types, row.attributes, row.kind) == ("Old CRM", ["account.erased"], [], "webhook")


def test_before_it_is_switched_off_a_page_says_what_that_gives_up(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener(503) as crm:
        connect(admin, crm)
        change_name(sub=make_customer(call).sub, name="Ana Willow", call=call)
        deliver_waiting(make_call=lambda: call)
        page = text_of(admin.get(f"{SYSTEMS}crm/off/"))
        assert "Switch The CRM off?" in page
        assert "1 change that waits for it is given up." in page, page
        assert Connection.objects.get().standing == "active"
    auditor, _ = sign_in_operator(Role.AUDITOR, call)
    assert auditor.get(f"{SYSTEMS}crm/off/").status_code == 404
    assert admin.get(f"{SYSTEMS}nobody/off/").status_code == 404


def test_a_purpose_and_an_owner_that_are_gone_meanwhile_are_kept_until_somebody_chooses(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener() as crm:
        connect(admin, crm)
        Connection.objects.update(purpose="given.up", owner_channel="closed")
        page = unescape(admin.get(f"{SYSTEMS}crm/edit/").content.decode())
        assert '<option value="given.up" selected>given.up (gone)</option>' in page
        assert '<option value="closed" selected>closed (gone)</option>' in page


def test_what_is_applied_later_than_its_objective_is_late_also_where_it_was_taken_soon(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener() as crm:
        connect(admin, crm)
        change_name(sub=make_customer(call).sub, name="Ana Willow", call=call)
        deliver_waiting(make_call=lambda: call)
        assert "Late" not in text_of(admin.get(SYSTEMS))
        Delivery.objects.update(applied_at=call.now + timedelta(minutes=5))
        assert "Late" in text_of(admin.get(SYSTEMS))
        assert "Later than its objective" in text_of(admin.get(f"{SYSTEMS}crm/"))


def test_an_answer_that_is_no_yes_is_shown_with_what_to_do_about_it(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener((401, {}, b"who are you?")) as crm:
        connect(admin, crm)
        page = text_of(admin.post(f"{SYSTEMS}crm/do/", {"do": "test"}))
    assert "The test did not arrive" in page
    assert "Does it have the right secret?" in page
    assert "It said: who are you?" in page


def test_a_dead_letter_is_replayed_from_the_page_of_its_system(call: CallContext) -> None:
    support, _ = sign_in_operator(Role.SUPPORT, call)
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener(422) as crm:
        connect(admin, crm)
        change_name(sub=make_customer(call).sub, name="Ana Willow", call=call)
        for _ in range(3):
            Delivery.objects.update(next_attempt_at=call.now)
            deliver_waiting(make_call=lambda: call)
        assert "The CRM Given up It answered 422." in text_of(support.get("/console/deliveries/"))
        page = support.get(f"{SYSTEMS}crm/").content.decode()
        assert "It answered 422" in page or "answered 422" in page
        crm.reply = 200
        ref = Delivery.objects.get().ref
        replayed = support.post("/console/deliveries/replay/", {"ref": ref, "system": "crm"})
        assert replayed["Location"] == f"{SYSTEMS}crm/"
        deliver_waiting(make_call=lambda: replace(call, now=clock.now()))
        assert Delivery.objects.get().state == "confirmed"
        assert len(set(crm.ids)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://10.0.0.1/"},
        {"endpoint": "javascript:alert(1)"},
        {"event_types": ["decision.made"]},
        {"event_types": []},
        {"attributes": ["password"]},
        {"purpose": ""},
        {"purpose": "servise"},
        {"owner_channel": "nowhere"},
        {"freshness": "soon"},
        {"cycle": "-1"},
        {"kind": "carrier pigeon"},
        {"slug": "../../etc"},
        {"name": "x" * 10_000},
        {"name": "a\x00b"},
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_connects_nothing(call: CallContext, wrong: dict[str, Any]) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener() as crm:
        page = connect(admin, crm, **wrong)
    assert page.status_code in (400, 422)
    assert not Connection.objects.exists()


def test_who_may_not_look_finds_nothing_and_who_may_only_look_changes_nothing(call: CallContext) -> None:
    admin, _ = sign_in_operator(Role.ADMIN, call)
    auditor, _ = sign_in_operator(Role.AUDITOR, call)
    steward, _ = sign_in_operator(Role.STEWARD, call)
    with listener() as crm:
        connect(admin, crm)
        assert auditor.get(f"{SYSTEMS}crm/").status_code == 200
        for path in (f"{SYSTEMS}connect/", f"{SYSTEMS}crm/edit/"):
            assert auditor.get(path).status_code == 404
        assert auditor.post(f"{SYSTEMS}crm/do/", {"do": "disable"}).status_code == 404
        for path in (SYSTEMS, f"{SYSTEMS}crm/"):
            assert steward.get(path).status_code == 404
        assert admin.get(f"{SYSTEMS}nobody/").status_code == 404
    assert Connection.objects.get().standing == "active"
