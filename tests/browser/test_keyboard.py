"""The order in which the Tab key goes through a page is the order in which it is read."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.people import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _names_by_tab(page: Page, count: int) -> list[str]:
    names = []
    for _ in range(count):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate(
                "(e => e.labels && e.labels.length ? e.labels[0].textContent : e.textContent)(document.activeElement)"
            ).strip()
        )
    return names


def test_signing_in_goes_from_the_address_to_the_button(window: Callable[..., Page], web: None) -> None:
    page = window()
    page.goto("/accounts/login/")
    assert page.evaluate("document.activeElement.name") == "login"
    assert _names_by_tab(page, 6) == [
        "Password",
        "Sign in",
        "Forgot your password?",
        "Sign in with a passkey",
        "Send me a code by mail",
        "Create account",
    ]


def test_the_first_tab_stop_skips_to_the_content(window: Callable[..., Page], ana: Any) -> None:
    page = window()
    sign_in(page, ana)
    page.get_by_role("heading", name="Hello, Ana").wait_for()
    page.goto("/")
    assert _names_by_tab(page, 9) == [
        "Skip to the content",
        "Throughline",
        "Overview",
        "Devices",
        "Consent",
        "Apps",
        "Approvals",
        "Security",
        "Sign out",
    ]
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert _names_by_tab(page, 1) == ["Use another account"]


def test_a_person_who_cannot_use_a_mouse_signs_in(window: Callable[..., Page], ana: Any) -> None:
    page = window()
    page.goto("/accounts/login/")
    page.keyboard.type(ana.email)
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery staple")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Hello, Ana").wait_for()
