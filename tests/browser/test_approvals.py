"""Letting a device in, and answering a question from another channel: in light and dark, wide and narrow, and with no
script at all.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kit.call import CallContext
from tests.asking import Asked, ask_by_ciba, ask_by_device, make_asking_client
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.people import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def kiosk(web: None, call: CallContext) -> Any:
    return make_asking_client(call, name="Store kiosk")


def path_of(asked: Asked) -> str:
    return str(asked.told["verification_uri_complete"]).partition("8000")[2]


def test_the_pages_look_right(window: Callable[..., Page], ana: Any, kiosk: Any) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    sign_in(page, ana)
    page.goto("/approvals/")
    look_at(page, "approvals-empty")
    asked = ask_by_ciba(kiosk, ana.email, binding_message="Pick-up of order 4711")
    page.goto("/")
    expect(page.locator(".waiting")).to_contain_text("Somebody asks whether it is you")
    look_at(page, "overview-with-a-question")
    page.locator(".waiting").get_by_role("link").click()
    look_at(page, "approvals")
    page.get_by_role("link", name="Answer").click()
    look_at(page, "approval")
    page.get_by_label("Number").fill("11" if asked.told["number"] != "11" else "12")
    page.get_by_role("button", name="Yes, it's me").click()
    look_at(page, "approval-wrong-number")
    hard = ask_by_device(kiosk, acr_values="urn:throughline:2fa")
    page.goto("/oauth/device")
    look_at(page, "device")
    page.get_by_label("Code").fill("BBBB-BBBB")
    page.get_by_role("button", name="Continue").click()
    look_at(page, "device-unknown")
    page.goto(path_of(ask_by_device(kiosk)))
    look_at(page, "device-confirm")
    page.get_by_role("button", name="Connect", exact=True).click()
    look_at(page, "device-connected")
    page.goto(path_of(hard))
    look_at(page, "device-out-of-reach")
    page.get_by_role("button", name="Don't connect").click()
    look_at(page, "device-not-connected")
    page.goto("/security/")
    expect(page.get_by_role("main")).to_contain_text("You let somebody in")
    assert blocked == []


def test_a_device_is_let_in_without_javascript(window: Callable[..., Page], ana: Any, kiosk: Any) -> None:
    page = window(java_script_enabled=False)
    asked = ask_by_device(kiosk)
    page.goto(path_of(asked))
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.get_by_label("Email address").fill(ana.email)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this your device?")
    expect(page.get_by_label("Code")).to_have_text(asked.told["user_code"])
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connected")
    assert asked.poll().status_code == 200


def test_a_question_is_answered_without_javascript(window: Callable[..., Page], ana: Any, kiosk: Any) -> None:
    page = window(java_script_enabled=False)
    sign_in(page, ana)
    asked = ask_by_ciba(kiosk, ana.email, binding_message="<script>alert(1)</script> طلب 4711")
    page.goto("/approvals/")
    expect(page.get_by_role("main")).to_contain_text("<script>alert(1)</script>")
    page.get_by_role("link", name="Answer").click()
    page.get_by_label("Number").fill(asked.told["number"])
    page.get_by_role("button", name="Yes, it's me").click()
    expect(page.get_by_role("status")).to_contain_text("knows that it is you")
    assert asked.poll().status_code == 200


def test_this_was_not_me_leads_to_the_two_steps(window: Callable[..., Page], ana: Any, kiosk: Any) -> None:
    page = window(java_script_enabled=False)
    sign_in(page, ana)
    asked = ask_by_ciba(kiosk, ana.email)
    page.goto("/approvals/")
    page.get_by_role("link", name="Answer").click()
    page.get_by_role("button", name="This wasn't me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("If something wasn't you")
    assert asked.error == "access_denied"


def test_enter_in_the_number_field_says_yes(window: Callable[..., Page], ana: Any, kiosk: Any) -> None:
    page = window()
    sign_in(page, ana)
    asked = ask_by_ciba(kiosk, ana.email)
    page.goto("/approvals/")
    page.get_by_role("link", name="Answer").click()
    page.get_by_label("Number").fill(asked.told["number"])
    page.get_by_label("Number").press("Enter")
    page.wait_for_url("**/approvals/")
    assert asked.poll().status_code == 200
