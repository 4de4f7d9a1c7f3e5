"""A sign-in goes on elsewhere: to the phone by a link that names her, to a kiosk by a code that she opens."""

import re

import pytest

from tests.journeys.examples.steps import pages_that_asked, press, sign_in_at, wait_for
from tests.journeys.people import open_within_a_second
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor


@pytest.fixture(scope="module")
def laptop(demo: RunningDemo) -> Visitor:
    """Ben's laptop, signed in at the shop."""
    visitor = Visitor()
    assert sign_in_at(visitor, demo, "shop", demo.demo["customers"]["ben"]).has("sub")
    return visitor


def test_the_app_on_another_phone_is_already_in(demo: RunningDemo, laptop: Visitor):
    shop = laptop.open(f"{demo.site('shop')}/")
    (on_phone,) = [link for link in shop.links if "/handoff/" in link]
    laptop.open(on_phone)
    shown = laptop.submit(laptop.page.form(action="/handoff/"))
    (link,) = re.findall(rf"{demo.issuer}/handoff/\S+", shown.text)

    phone = Visitor()
    named = phone.open(link)
    assert "Ben Larch" in named.text
    phone.submit(named.form(action="/handoff/"))
    app = phone.open(f"{demo.site('mobile')}/sign-in")
    assert app.at("sub") == shop.at("sub")
    assert app.at("sid") != shop.at("sid")
    assert pages_that_asked(phone) == []


def test_a_kiosk_greets_whoever_opened_its_code_on_her_own_device(demo: RunningDemo, laptop: Visitor):
    kiosk = Visitor()
    kiosk.open(f"{demo.site('kiosk')}/")
    waiting = press(kiosk, "/start")
    assert 'http-equiv="refresh"' in waiting.response.text
    (link,) = [each for each in waiting.links if "user_code=" in each]
    laptop.trail.clear()
    confirm = laptop.open(link)
    assert waiting.at("user_code") in confirm.text
    laptop.submit(confirm.form("answer"), answer="yes")
    greeted = wait_for(kiosk, f"{demo.site('kiosk')}/", "sub")
    assert pages_that_asked(laptop) == []
    # The kiosk says what it needs her name for, and Ben has not allowed that.
    assert (greeted.at("told"), greeted.at("name")) == ("sub", "not given")
    say(laptop, demo, "personalization", "grant")
    greeted = kiosk.open(f"{demo.site('kiosk')}/")
    assert (greeted.at("told"), greeted.at("name"), greeted.at("email")) == ("name, sub", "Ben Larch", "not given")
    say(laptop, demo, "personalization", "withdraw")
    assert kiosk.open(f"{demo.site('kiosk')}/").at("told") == "sub"
    assert "Welcome" in press(kiosk, "/done").text


def say(visitor: Visitor, demo: RunningDemo, purpose: str, action: str) -> None:
    """Press the button in the portal that allows a purpose, or the one that stops it."""
    page = visitor.open(f"{demo.issuer}/consents/")
    (form,) = [
        each for each in page.forms if (each.fields.get("purpose"), each.fields.get("action")) == (purpose, action)
    ]
    assert visitor.submit(form).status == 200


def test_whoever_ends_the_session_at_home_is_gone_from_the_kiosk(demo: RunningDemo):
    person = demo.demo["customers"]["ben"]
    laptop, kiosk = Visitor(), Visitor()
    sign_in_at(laptop, demo, "shop", person)
    kiosk.open(f"{demo.site('kiosk')}/")
    (link,) = [each for each in press(kiosk, "/start").links if "user_code=" in each]
    laptop.submit(laptop.open(link).form("answer"), answer="yes")
    wait_for(kiosk, f"{demo.site('kiosk')}/", "sub")
    laptop.open(f"{demo.site('shop')}/")
    press(laptop, "/sign-out")
    open_within_a_second(kiosk, f"{demo.site('kiosk')}/", "You were signed out")
