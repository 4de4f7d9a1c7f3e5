"""Signing up, in, up a step and out needs no script at all."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.actors import PASSWORD
from tests.browser.people import app_code, confirm_it_is_me, mailed_code, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(window: Callable[..., Page]) -> Page:
    return window(java_script_enabled=False)


def test_a_newcomer_signs_up_with_the_code_from_the_mail_and_is_signed_in(page: Page, web: None) -> None:
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Create account").click()
    page.get_by_label("Name").fill("Ben")
    page.get_by_label("Email address").fill("ben@people.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your email address")
    assert "ben@people.example" not in page.content(), "no full address before sign-in"
    page.get_by_label("Code", exact=True).fill("WRNG-0000")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".summary")).to_contain_text("That code isn't right")
    page.get_by_label("Code", exact=True).fill(mailed_code("ben@people.example"))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ben")


def test_a_customer_signs_in_and_out(page: Page, ana: Any) -> None:
    sign_in(page, ana)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    page.goto("/security/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_a_forgotten_password_is_replaced_with_a_code(page: Page, ana: Any) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email address").fill(ana.email)
    page.get_by_role("button", name="Send a code").click()
    page.get_by_label("Code", exact=True).fill(mailed_code(ana.email))
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("New password", exact=True).fill("a wholly different sentence")
    page.get_by_label("New password, once more").fill("a wholly different sentence")
    page.get_by_role("button", name="Save the new password").click()
    sign_in(page, ana, password="a wholly different sentence")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")


def test_two_step_sign_in_is_turned_on_used_and_turned_off(page: Page, ana: Any) -> None:
    sign_in(page, ana)
    page.get_by_role("link", name="Turn on two-step sign-in").click()
    page.get_by_role("link", name="Turn on").click()
    confirm_it_is_me(page)
    secret = page.locator("#authenticator_secret").inner_text()
    page.get_by_label("Code from the app").fill(app_code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    recovery_code, another_code = (page.locator("#recovery_codes li").nth(place).inner_text() for place in (0, 1))

    page.get_by_role("button", name="Sign out").click()
    sign_in(page, ana)
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter your code")
    page.get_by_label("Code", exact=True).fill(recovery_code)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")

    page.get_by_role("link", name="Manage two-step sign-in").click()
    page.get_by_role("link", name="Turn off").click()
    page.get_by_label("Code", exact=True).fill(another_code)  # a password is not enough any more
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_role("status")).to_contain_text("Two-step sign-in is off")


def test_a_device_is_signed_out_from_another(page: Page, window: Callable[..., Page], ana: Any) -> None:
    phone = window(user_agent="Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Mobile Safari/537.36")
    sign_in(phone, ana)
    sign_in(page, ana)
    page.get_by_role("link", name="All 2 devices").click()
    page.get_by_role("link", name="Sign out Chrome on Android").click()
    page.get_by_role("button", name="Sign it out").click()
    expect(page.get_by_role("status")).to_have_text("Chrome on Android is signed out.")
    phone.goto("/security/")
    expect(phone).to_have_url(re.compile("/accounts/login/"))
    page.goto("/security/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Security")
