"""Several people share a browser, and one takes her sign-in to another: in Chromium, with script and without."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from kit.call import CallContext
from kit.ids import new_secret
from tests.actors import PASSWORD, make_client, make_customer
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.people import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ben(web: None, call: CallContext) -> Any:
    return make_customer(call, "ben")


@pytest.fixture
def carried_over(web: None, call: CallContext, live_server: Any, settings: Any) -> None:
    """The policy of the gateway's pages lets sessions be carried over, and links lead to the live server."""
    publish_policy(channel="web", body={"ways_in": ["authorization_code", "refresh_token", "handoff"]}, call=call)
    forget_policies()
    settings.ISSUER_URL = live_server.url


def use_another(page: Page, account: Any) -> None:
    page.goto("/switch/")
    page.get_by_role("button", name="Use another account").click()
    page.get_by_label("Email address").fill(account.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Hello, {account.name}")


@pytest.mark.parametrize("script", [True, False])
def test_two_people_share_a_browser(window: Callable[..., Page], ana: Any, ben: Any, script: bool) -> None:
    page = window(java_script_enabled=script)
    sign_in(page, ana)
    page.get_by_role("link", name="Use another account").click()
    use_another(page, ben)
    page.get_by_role("link", name="Accounts", exact=True).click()
    page.get_by_role("button", name="Switch to Ana").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")
    page.get_by_role("link", name="Accounts", exact=True).click()
    page.get_by_role("link", name="Sign out Ben").click()
    page.get_by_role("button", name="Sign out here").click()
    expect(page.get_by_role("status")).to_have_text("Ben is signed out on this device.")
    expect(page.get_by_role("button", name="Switch to Ben")).to_have_count(0)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")


def test_the_pages_of_a_household(window: Callable[..., Page], ana: Any, ben: Any, carried_over: None) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    page.goto("/switch/")
    look_at(page, "accounts-here-nobody")
    sign_in(page, ana)
    use_another(page, ben)
    look_at(page, "overview-household")
    page.goto("/switch/")
    look_at(page, "accounts-here")
    page.get_by_role("link", name="Sign out Ana").click()
    look_at(page, "forget-account")
    page.goto("/switch/sign-out/")
    look_at(page, "sign-everybody-out")
    page.goto("/oauth/logout")
    look_at(page, "oauth-sign-out-household")
    page.goto("/accounts/logout/")
    look_at(page, "sign-out-household")
    page.goto("/switch/")
    page.get_by_role("button", name="Use another account").click()
    look_at(page, "sign-in-household")
    page.goto("/")
    look_at(page, "welcome-household")
    page.goto("/oauth/logout")
    look_at(page, "oauth-sign-out-nobody")
    assert blocked == []


def test_the_pages_of_a_sign_in_that_goes_on_elsewhere(
    window: Callable[..., Page], ana: Any, ben: Any, carried_over: None
) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    sign_in(page, ben)
    page.goto("/handoff/")
    look_at(page, "continue-elsewhere")
    page.get_by_role("button", name="Show the code").click()
    expect(page.locator("img.qr")).to_be_visible()
    look_at(page, "continue-elsewhere-code")
    link = page.locator("#handoff-link").inner_text()

    stranger = window()
    stranger.goto(link)
    look_at(stranger, "handoff")
    other = window()
    sign_in(other, ana)
    other.goto(link)
    look_at(other, "handoff-another")
    page.goto(link)
    look_at(page, "handoff-keep")
    page.goto("/handoff/nothing/")
    look_at(page, "handoff-gone")
    assert blocked == []


@pytest.mark.parametrize("script", [True, False])
def test_an_app_asks_who_goes_on(
    window: Callable[..., Page], ana: Any, ben: Any, call: CallContext, live_server: Any, script: bool
) -> None:
    shop = make_client(call, redirect_uris=(f"{live_server.url}/livez",))  # stands for the app's own page
    page = window(java_script_enabled=script)
    blocked = listen_for_blocked(page)
    sign_in(page, ana)
    use_another(page, ben)
    page.goto("/oauth/authorize?" + urlencode(shop.authorize_parameters(new_secret(), prompt="select_account")))
    if script:
        look_at(page, "select-account")
    page.get_by_role("button", name="Continue as Ana").click()
    page.wait_for_url("**/livez?code=*")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")

    page.goto("/oauth/authorize?" + urlencode(shop.authorize_parameters(new_secret(), prompt="select_account")))
    page.get_by_role("button", name="Use another account").click()
    page.get_by_role("button", name="Continue as Ben").click()
    page.wait_for_url("**/livez?code=*")

    page.goto("/oauth/authorize?" + urlencode(shop.authorize_parameters(new_secret(), prompt="select_account")))
    page.get_by_role("link", name=re.compile("Not me.*sign Ana out here")).click()
    page.get_by_role("button", name="Sign out here").click()
    page.get_by_role("button", name="Use another account").click()
    page.get_by_label("Email address").fill(ana.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/livez?code=*")
    assert blocked == []


@pytest.mark.parametrize("script", [True, False])
def test_a_sign_in_goes_on_in_another_browser(
    window: Callable[..., Page], ana: Any, ben: Any, carried_over: None, script: bool
) -> None:
    laptop = window(java_script_enabled=script)
    sign_in(laptop, ana)
    laptop.get_by_role("link", name="Continue on another device").click()
    laptop.get_by_role("button", name="Show the code").click()
    link = laptop.locator("#handoff-link").inner_text()

    phone = window(java_script_enabled=script, viewport={"width": 375, "height": 780})
    blocked = listen_for_blocked(phone)
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Continue here as Ana?")
    phone.get_by_role("button", name="Continue as Ana").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Hello, Ana")
    late = window(java_script_enabled=script)
    late.goto(link)
    expect(late.get_by_role("heading", level=1)).to_have_text("This link no longer works")
    late.get_by_role("link", name="Sign in").click()
    expect(late.get_by_role("heading", level=1)).to_have_text("Sign in")

    taken = window(java_script_enabled=script)
    sign_in(taken, ben)
    laptop.get_by_role("button", name="Make a new code").click()
    taken.goto(laptop.locator("#handoff-link").inner_text())
    taken.get_by_role("button", name="Sign Ben out and go on").click()
    expect(taken.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(taken.get_by_role("status")).to_have_text("Nobody is signed in here now. Sign in to go on.")
    assert blocked == []
