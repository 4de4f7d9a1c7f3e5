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
from tests.listener import Listener, listener
from tests.operators import sign_in_operator
from tests.town import name_service

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEMS = "/console/systems/"


@pytest.fixture(autouse=True)
def quiet_and_on_this_machine(settings: Any, monkeypatch: Any) -> None:
    settings.FETCH_ALLOW_LOOPBACK = True
    monkeypatch.setattr("sync.services.bell._ring", lambda: None)


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
    name_service(call)
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
        assert "Nothing is wrong" in support.get(f"{SYSTEMS}crm/").content.decode()
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


def test_a_dead_letter_is_replayed_from_the_page_of_its_system(call: CallContext) -> None:
    support, _ = sign_in_operator(Role.SUPPORT, call)
    admin, _ = sign_in_operator(Role.ADMIN, call)
    with listener(422) as crm:
        connect(admin, crm)
        change_name(sub=make_customer(call).sub, name="Ana Willow", call=call)
        for _ in range(3):
            Delivery.objects.update(next_attempt_at=call.now)
            deliver_waiting(make_call=lambda: call)
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
