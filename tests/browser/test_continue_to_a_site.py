"""An app opens its maker's site in a browser: the page that names whose session it is, with and without script."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from kit.call import CallContext
from kit.ids import new_secret
from tests.actors import ChannelApp, make_client, make_customer, open_channel
from tests.actors import sign_in as sign_in_to_app
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.people import sign_in
from tests.exchanges import EVERY_WAY_IN, PHONE, make_app, transfer_token

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CALLBACK = re.compile(r"https://shop\.example/cb\?")


@pytest.fixture
def site(web: None, call: CallContext) -> ChannelApp:
    for slug in ("web", "mobile"):
        open_channel(call, slug, EVERY_WAY_IN)
    return make_client(call, name="Shop", vendor="shop")


@pytest.fixture
def address(ana: Any, site: ChannelApp, call: CallContext) -> str:
    """What Ana's app opens in a browser."""
    app = make_app(call, "App")
    token = transfer_token(app, app.tokens_for(sign_in_to_app(ana, headers=PHONE)), site)
    parameters = site.authorize_parameters(new_secret(), session_transfer_token=token)
    return f"/oauth/authorize?{urlencode(parameters)}"


def on_the_phone(window: Callable[..., Page], **options: Any) -> Page:
    page = window(user_agent=PHONE["User-Agent"], **options)
    page.route("https://shop.example/**", lambda route: route.fulfill(body="<h1>Shop</h1>", content_type="text/html"))
    return page


def test_the_page_names_whose_session_it_is_and_one_tap_is_enough(window: Callable[..., Page], address: str) -> None:
    page = on_the_phone(window)
    blocked = listen_for_blocked(page)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Continue to Shop?")
    assert "session_transfer_token" not in page.url
    look_at(page, "continue")
    page.get_by_role("button", name="Continue as Ana").click()
    expect(page).to_have_url(CALLBACK)
    assert blocked == []


def test_it_needs_no_script(window: Callable[..., Page], address: str) -> None:
    page = on_the_phone(window, java_script_enabled=False)
    page.goto(address)
    page.get_by_role("button", name="Continue as Ana").click()
    expect(page).to_have_url(CALLBACK)


def test_it_can_be_done_by_keyboard_alone(window: Callable[..., Page], address: str) -> None:
    page = on_the_phone(window)
    page.goto(address)
    button = page.get_by_role("button", name="Continue as Ana")
    for _ in range(6):
        page.keyboard.press("Tab")
        if button.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(CALLBACK)


def test_whoever_says_no_signs_in_as_ever(window: Callable[..., Page], address: str) -> None:
    page = on_the_phone(window)
    page.goto(address)
    page.get_by_role("button", name="Sign in another way").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_somebody_else_is_told_and_stays_or_goes(window: Callable[..., Page], address: str, call: CallContext) -> None:
    ben = make_customer(call, "ben")
    page = on_the_phone(window)
    sign_in(page, ben)
    page.context.clear_cookies(name=settings.DEVICE_COOKIE_NAME)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Someone else is signed in here")
    look_at(page, "continue-as-another")
    page.get_by_role("button", name="Sign Ben out and go on").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.goto("/security/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_a_name_that_turns_the_text_around_stays_in_its_place(
    window: Callable[..., Page], address: str, ana: Any
) -> None:
    type(ana).objects.filter(pk=ana.pk).update(name="<img src=x onerror=alert(1)>\u202e evil " + "x" * 60)
    page = on_the_phone(window)
    page.goto(address)
    assert page.locator("main img[src=x]").count() == 0
    look_at(page, "continue-hostile-name")
