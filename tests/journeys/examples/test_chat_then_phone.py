"""Verified in the chat by what she holds, taken over by a person, called the next day: nothing is asked twice."""

import re

import pytest

from tests.journeys.examples.steps import approve, ask_in_chat, pages_that_asked, press, sign_in_at, wait_for
from tests.journeys.people import open_within_a_second, sign_up
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor


@pytest.fixture(scope="module")
def ana(demo: RunningDemo) -> Visitor:
    """Ana's laptop, signed in with both her factors."""
    visitor = Visitor()
    sign_in_at(visitor, demo, "shop", demo.demo["customers"]["ana"])
    return visitor


@pytest.fixture(scope="module")
def staff(demo: RunningDemo) -> Visitor:
    """A member of staff at the desk."""
    visitor = Visitor()
    page = sign_in_at(visitor, demo, "contact_center", demo.demo["operators"]["support"])
    assert page.has("staff"), page.text
    return visitor


def test_a_chat_is_taken_over_with_what_was_proved_and_the_call_after_it_asks_nothing(
    demo: RunningDemo, ana: Visitor, staff: Visitor
):
    person, chat, desk = demo.demo["customers"]["ana"], Visitor(), f"{demo.site('contact_center')}/"
    ana.trail.clear()
    page = ask_in_chat(chat, demo, person, "Where is my kettle?")
    approve(ana, demo, number=page.at("number"), message=page.at("binding"))
    verified = wait_for(chat, f"{demo.site('chat')}/", "verified")
    assert "level 2" in verified.at("verified")
    assert "A colleague" in press(chat, "/hand-over").text

    staff.open(desk)
    taken = press(staff, "/take")
    assert re.search(
        r"Verified by authenticator app on the website, \d\d:\d\d, level 2, valid until \d\d:\d\d", taken.at("verified")
    )
    assert "Where is my kettle?" in taken.text
    press(staff, "/caller/close")

    called = staff.submit(staff.page.form(action="/callers"), email=person["email"])
    assert "level 2, valid until" in called.at("verified")
    assert pages_that_asked(ana) == []
    assert pages_that_asked(chat) == []


def test_staff_act_for_her_with_a_reason_and_both_see_it(demo: RunningDemo, ana: Visitor, staff: Visitor):
    person = demo.demo["customers"]["ana"]
    staff.open(f"{demo.site('contact_center')}/")
    staff.submit(staff.page.form(action="/callers"), email=person["email"])
    begun = press(staff, "/caller/assist", reason="contact_details", note="A new street")
    assert f"You are acting for {person['name']}" in begun.at("banner")
    assert press(staff, "/caller/account").at("sub") == person["sub"]
    helped = ana.open(f"{demo.issuer}/")
    assert demo.demo["operators"]["support"]["name"] in helped.text
    ana.submit(next(form for form in helped.forms if form.action.startswith("/assistance/")))
    told = staff.open(f"{demo.site('contact_center')}/")
    assert not told.has("banner")
    assert "You no longer act for her" in told.text
    press(staff, "/caller/assist", reason="order")
    assert not press(staff, "/caller/end").has("banner")
    press(staff, "/caller/close")


def test_a_caller_who_has_proved_nothing_is_asked_by_one_question(demo: RunningDemo, staff: Visitor):
    lena = {"email": "lena@rowan.example", "password": "seven quiet lanterns", "name": "Lena Rowan"}
    phone, desk = Visitor(), f"{demo.site('contact_center')}/"
    sign_up(phone, demo, **lena)
    phone.open(f"{demo.issuer}/accounts/logout/")
    phone.submit(phone.page.form(action="/accounts/logout/"))

    staff.open(desk)
    called = staff.submit(staff.page.form(action="/callers"), email=lena["email"])
    assert called.at("verified").startswith("Not verified")
    asked = press(staff, "/caller/ask")
    number, message = asked.at("number"), asked.at("binding")
    sign_in_at(phone, demo, "shop", lena)
    approve(phone, demo, number=number, message=message)
    assert "valid until" in wait_for(staff, desk, "verified").at("verified")
    assert re.search(r"\bcode\b", staff.page.text) is None
    press(staff, "/caller/close")


def test_whoever_is_verified_can_be_asked_again(demo: RunningDemo, ana: Visitor, staff: Visitor):
    staff.open(f"{demo.site('contact_center')}/")
    staff.submit(staff.page.form(action="/callers"), email=demo.demo["customers"]["ana"]["email"])
    asked = press(staff, "/caller/ask")
    approve(ana, demo, number=asked.at("number"), message=asked.at("binding"))
    assert "valid until" in wait_for(staff, f"{demo.site('contact_center')}/", "verified").at("verified")
    press(staff, "/caller/close")


def test_what_she_said_in_the_chat_is_not_read_by_who_comes_after_her(demo: RunningDemo, ana: Visitor):
    chat = Visitor()
    page = ask_in_chat(chat, demo, demo.demo["customers"]["ana"], "About my knee")
    approve(ana, demo, number=page.at("number"), message=page.at("binding"))
    assert "About my knee" in wait_for(chat, f"{demo.site('chat')}/", "verified").text
    ana.open(f"{demo.issuer}/sessions/")
    ending = next(link for link in ana.page.links if link.endswith("/end/"))
    ana.submit(ana.open(f"{demo.issuer}{ending}").form(action=ending))
    open_within_a_second(chat, f"{demo.site('chat')}/", "What can I do for you?")
    assert "About my knee" not in chat.page.text


def test_a_customer_who_says_no_is_not_let_into_the_chat(demo: RunningDemo, ana: Visitor):
    chat = Visitor()
    page = ask_in_chat(chat, demo, demo.demo["customers"]["ana"], "Somebody else's question")
    message = page.at("binding")
    waiting = ana.open(f"{demo.issuer}/approvals/")
    assert message in waiting.text
    link = next(each for each in waiting.links if each.startswith("/approvals/") and each != "/approvals/")
    ana.open(f"{demo.issuer}{link}")
    ana.submit(ana.page.form("number"), answer="no")
    wait_for(chat, f"{demo.site('chat')}/", words="The answer was no")
    assert not chat.page.has("verified")


@pytest.mark.parametrize("body", [{"ticket": "guessed", "lines": []}, {"ticket": "a\0b", "lines": []}, {}, [], "x"])
def test_a_ticket_of_nobody_does_not_reach_the_desk(demo: RunningDemo, body: object):
    stranger = Visitor()
    answer = stranger.browser.post(f"{demo.site('contact_center')}/chats", json=body)
    assert answer.status_code == 400
