"""A sign-in carried to another browser by a link: who looks changes nothing, who goes on is in, once."""

import html
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from accounts.services import suspend_account
from audit.models import Event
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from kit import clock
from notifications.models import Message
from sessions_hub.flows.handoff import offer_handoff
from sessions_hub.models import Session
from sessions_hub.queries import find_live_session, list_live_sessions
from sessions_hub.services import revoke_session
from sessions_hub.types import Via
from tests.actors import PASSWORD, claims_of, make_client
from tests.journeys.household.conftest import SECRET, Sofa
from tests.journeys.people import totp

pytestmark = pytest.mark.django_db
ONE, TWO = "urn:throughline:1fa", "urn:throughline:2fa"


@pytest.fixture
def laptop(ana):
    return Sofa().sign_in(ana)


@pytest.fixture
def phone():
    return Sofa()


def link_from(browser, **fields):
    """The path that the code on the page leads to."""
    page = browser.post("/handoff/", fields).content.decode()
    found = re.search(r'id="handoff-link">([^<]+)<', page)
    assert found, page
    parts = urlsplit(html.unescape(found[1]))
    assert (parts.scheme, parts.netloc) == ("http", "localhost:8000"), "built from the configured address only"
    return parts.path + (f"?{parts.query}" if parts.query else "")


def level_of(browser):
    return browser.get("/switch/").context["accounts"][0].state.level


def go_on(browser, path, **fields):
    """Press the button of the page, with what its form holds."""
    page = browser.get(path)
    next_field = re.search(r'name="next" value="([^"]*)"', page.content.decode())
    held = {"next": html.unescape(next_field[1])} if next_field else {}
    return browser.post(path.partition("?")[0], held | fields)


def test_the_phone_goes_on_with_the_laptops_sign_in(laptop, phone, ana):
    before = level_of(laptop)
    path = link_from(laptop)
    page = phone.get(path).content.decode()
    assert "Continue here as Ana?" in page
    assert "ana@people.example" not in page, "never a full address before sign-in"
    assert go_on(phone, path)["Location"] == "/"
    assert phone.greeting() == "Hello, Ana"
    assert level_of(phone) == before, "the same level and the same times"
    child = Session.objects.get(sid=phone.sid_of(ana))
    assert (child.parent.sid, child.root, child.via) == (laptop.sid_of(ana), child.parent.root, "handoff")


def test_looking_consumes_nothing_and_signs_nobody_in(laptop, phone, ana):
    path = link_from(laptop)
    for scanner in (Sofa(), Sofa(), phone):
        assert scanner.get(path).status_code == 200
        assert scanner.head(path).status_code == 200
        assert scanner.names_here() == []
    assert len(list_live_sessions(subject=ana.sub, now=clock.now())) == 1
    go_on(phone, path)
    assert phone.greeting() == "Hello, Ana"


def test_asking_for_the_page_makes_no_link(laptop):
    assert b"handoff-link" not in laptop.get("/handoff/").content
    assert not Event.objects.filter(type="handoff.offered").exists()


def test_a_stranger_makes_no_link(phone):
    assert phone.post("/handoff/")["Location"].startswith("/accounts/login/")


def test_a_link_works_once_and_its_owner_hears_of_the_second_time(laptop, phone, ana):
    path = link_from(laptop)
    go_on(phone, path)
    mails, thief = Message.objects.count(), Sofa()
    page = thief.get(path)
    assert (page.status_code, b"This link no longer works" in page.content) == (410, True)
    assert b"Sign in" in page.content
    assert b"Ana" not in page.content
    assert Event.objects.get(type="handoff.refused").payload["reason"] == "replayed", "the page has no button to press"
    assert thief.post(path).status_code == 410
    assert thief.names_here() == []
    assert Message.objects.count() == mails + 1, "she hears of it once"


def test_she_who_went_on_by_a_link_may_come_back_to_it(laptop, phone):
    path = link_from(laptop)
    go_on(phone, path)
    assert phone.get(path).status_code == 410
    assert not Event.objects.filter(type="handoff.refused").exists()


def test_pressing_the_button_twice_is_no_alarm(laptop, phone):
    path = link_from(laptop)
    go_on(phone, path)
    assert phone.post(path)["Location"] == "/"
    assert not Event.objects.filter(type="handoff.refused").exists()


def test_after_a_minute_the_link_is_worth_nothing(laptop, phone, time_machine):
    path = link_from(laptop)
    time_machine.move_to(clock.now() + timedelta(seconds=61))
    assert phone.get(path).status_code == 410
    assert Event.objects.get(type="handoff.refused").payload["reason"] == "expired"
    assert phone.post(path).status_code == 410
    assert phone.names_here() == []


@pytest.mark.parametrize("end", ["signed out", "suspended"])
def test_a_link_is_worth_nothing_once_its_session_ended(laptop, phone, ana, call, end):
    path = link_from(laptop)
    if end == "signed out":
        laptop.post("/accounts/logout/")
    else:
        suspend_account(sub=ana.sub, reason="fraud", call=call)
    assert phone.get(path).status_code == 410
    assert phone.post(path).status_code == 410
    assert phone.names_here() == []


def test_signing_the_laptop_out_ends_what_came_out_of_it(laptop, phone, ana):
    go_on(phone, link_from(laptop))
    laptop.post("/accounts/logout/")
    assert phone.get("/security/").status_code == 302


@pytest.mark.parametrize("ticket", ["nothing", "%00", "a" * 4000, "<script>", "..%2f"])
def test_a_ticket_that_never_was_gets_the_same_page(phone, ticket):
    for answer in (phone.get(f"/handoff/{ticket}/"), phone.post(f"/handoff/{ticket}/")):
        assert answer.status_code in (400, 404, 410)
    assert phone.names_here() == []


def test_a_ticket_of_a_client_is_no_ticket_of_our_pages(laptop, phone, ana, call):
    app = make_client(call, name="Chat")
    made = [
        offer_handoff(sid=laptop.sid_of(ana), via=via, channel="web", client_id=client_id, call=call).ticket
        for via, client_id in (
            (Via.HANDOFF, app.client.client_id),
            (Via.TRANSFER, app.client.client_id),
            (Via.TRANSFER, ""),
        )
    ]
    for ticket in made:
        assert phone.get(f"/handoff/{ticket}/").status_code == 410
        assert phone.post(f"/handoff/{ticket}/").status_code == 410
        assert phone.names_here() == []


def test_where_the_channel_does_not_open_it_nothing_is_offered(laptop, call):
    publish_policy(channel="web", body={"ways_in": ["authorization_code"]}, call=call)
    forget_policies()
    for page in (laptop.get("/handoff/"), laptop.post("/handoff/")):
        assert b"Not offered at the moment" in page.content
    assert b"Continue on another device" not in laptop.get("/").content


# --- Whom a ticket meets ------------------------------------------------------------------------------------------


def test_who_is_in_already_keeps_her_session(laptop, phone, ana):
    phone.sign_in(ana)
    sid, cookie = phone.sid_of(ana), phone.cookie
    path = link_from(laptop)
    assert b"You are already signed in here" in phone.get(path).content
    assert go_on(phone, path)["Location"] == "/"
    assert (phone.sid_of(ana), phone.cookie) == (sid, cookie)
    assert len(list_live_sessions(subject=ana.sub, now=clock.now())) == 2
    assert Sofa().get(path).status_code == 410, "it has been used"


def sign_in_twice_as_high(browser, cleo):
    browser.post("/accounts/login/", {"login": cleo.email, "password": PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": totp(SECRET)})
    assert level_of(browser).acr == TWO


def test_a_higher_session_rises_and_the_lower_stays_until_she_signs_out(phone, cleo, call):
    laptop = Sofa()
    sign_in_twice_as_high(laptop, cleo)
    low = offer_handoff(sid=laptop.sid_of(cleo), via=Via.HANDOFF, channel="web", call=call)
    phone.post(f"/handoff/{low.ticket}/")
    here = phone.sid_of(cleo)
    Session.objects.filter(sid=here).update(evidence=Session.objects.get(sid=here).evidence[:1])
    assert level_of(phone).acr == ONE
    cookie = phone.cookie

    go_on(phone, link_from(laptop))
    risen = phone.sid_of(cleo)
    assert risen != here
    assert level_of(phone).acr == TWO
    assert phone.cookie != cookie
    assert phone.names_here() == ["Cleo"], "one person, once"
    assert find_live_session(sid=here, now=clock.now())

    phone.post("/accounts/logout/")
    for sid in (here, risen):
        assert find_live_session(sid=sid, now=clock.now()) is None
    assert phone.names_here() == []


def test_somebody_else_is_asked_and_otherwise_nothing_changes(laptop, phone, ana, ben):
    phone.sign_in(ben)
    his = phone.sid_of(ben)
    path = link_from(laptop)
    page = phone.get(path).content.decode()
    assert "Somebody else is signed in here" in page
    for ending in ("", "nonsense"):
        assert "Somebody else is signed in here" in phone.post(path, {"ending": ending}).content.decode()
    assert (phone.greeting(), phone.sid_of(ben)) == ("Hello, Ben", his)
    go_on(laptop, path)  # it is still good
    assert laptop.greeting() == "Hello, Ana"


def test_after_a_yes_his_session_ends_and_she_must_sign_in_herself(laptop, phone, ana, ben):
    phone.sign_in(ben)
    his = phone.sid_of(ben)
    path = link_from(laptop)
    ending = phone.handle_of(ben)
    answered = go_on(phone, path, ending=ending)
    assert answered["Location"] == "/accounts/login/?next=%2F"
    assert find_live_session(sid=his, now=clock.now()) is None
    assert Session.objects.get(sid=his).revoked_reason == "replaced"
    assert phone.names_here() == []
    assert phone.get(path).status_code == 410, "the link does not let her in in place of a sign-in"
    phone.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    assert phone.greeting() == "Hello, Ana"


def test_a_yes_for_one_person_ends_nobody_else(laptop, phone, ana, ben, cleo):
    phone.sign_in(ben)
    ending = phone.handle_of(ben)
    phone.post("/switch/another/")
    sign_in_twice_as_high(phone, cleo)
    phone.post(link_from(laptop), {"ending": ending})
    assert phone.names_here() == ["Cleo", "Ben"]


def test_others_who_stepped_aside_stay(laptop, phone, ana, ben):
    phone.sign_in(ben)
    phone.post("/switch/another/")
    go_on(phone, link_from(laptop))
    assert phone.names_here() == ["Ana", "Ben"]


def test_what_a_stranger_had_begun_on_the_phone_is_nobodys(laptop, phone, ana, ben, shop):
    phone.get("/oauth/authorize", shop.authorize_parameters("v" * 43))
    go_on(phone, link_from(laptop))
    phone.sign_in(ben)
    assert not Event.objects.filter(type="session.promoted", session=phone.sid_of(ben)).exists()


def test_a_parked_parent_that_ends_takes_the_child_along(laptop, phone, ana, ben, call):
    parent = laptop.sid_of(ana)
    go_on(phone, link_from(laptop))
    phone.sign_in(ben)
    revoke_session(sid=parent, reason="ended_by_customer", call=call)
    assert phone.names_here() == ["Ben"]


# --- Where people go afterwards -------------------------------------------------------------------------------------


def test_afterwards_she_goes_where_the_link_says_on_our_own_pages(laptop, phone):
    assert go_on(phone, link_from(laptop, next="/security/"))["Location"] == "/security/"


def test_or_to_the_start_of_one_of_our_apps(laptop, phone, shop):
    answered = go_on(phone, link_from(laptop, next="https://shop.example/"))
    assert b'href="https://shop.example/"' in answered.content


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "https://shop.example.evil.example/",
        "https://shop.example/anywhere",
        "https://shop.example@evil.example/",
        "javascript:alert(1)",
        "http://shop.example/",
        "https://partner.example/",
        "https://off.example/",
        "\x00",
        "/" + "a" * 10_000,
    ],
)
def test_but_never_anywhere_else(laptop, phone, shop, call, there):
    make_client(call, name="Partner", first_party=False, redirect_uris=("https://partner.example/cb",))
    off = make_client(call, name="Off", redirect_uris=("https://off.example/cb",)).client
    type(off).objects.filter(pk=off.pk).update(enabled=False)
    path = link_from(laptop)
    assert there not in html.unescape(phone.get(path, {"next": there}).content.decode())
    assert phone.post(path, {"next": there})["Location"] == "/"


# --- What a sign-in elsewhere leaves alone ---------------------------------------------------------------------------


def test_a_phone_sign_in_leaves_the_laptops_auth_time_as_it_was(laptop, phone, ana, shop, time_machine):
    before = claims_of(shop.tokens_for(laptop)["id_token"])
    time_machine.move_to(clock.now() + timedelta(minutes=5))
    phone.sign_in(ana)
    later = claims_of(shop.tokens_for(phone)["id_token"])
    after = claims_of(shop.tokens_for(laptop)["id_token"])
    assert later["auth_time"] >= before["auth_time"] + 300
    assert (after["auth_time"], after["sid"]) == (before["auth_time"], before["sid"])


def test_a_step_up_on_the_phone_leaves_the_laptop_as_it_was(phone, cleo):
    laptop = Sofa()
    sign_in_twice_as_high(laptop, cleo)
    before = level_of(laptop)
    go_on(phone, link_from(laptop))
    phone.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert level_of(laptop) == before
    assert level_of(phone).auth_time > before.auth_time


def test_whoever_makes_codes_without_end_is_asked_to_wait(laptop, settings, monkeypatch):
    settings.RATE_LIMIT_FACTOR = 1
    monkeypatch.setattr("sessions_hub.conf.HANDOFFS_A_MINUTE", 1)
    answers = [laptop.post("/handoff/", {}) for _ in range(4)]  # a minute may end among them
    assert {answer.status_code for answer in answers} == {200, 429}
    assert any("Wait a minute" in answer.content.decode() for answer in answers)
