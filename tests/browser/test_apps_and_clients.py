"""What a customer allows apps, whose account they get, and the pages for those who connect them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from accounts.services import enroll_totp
from kit.call import CallContext
from kit.ids import new_secret
from tests.actors import ChannelApp, make_client
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.people import app_code, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def partner(web: None, call: CallContext, live_server: Any) -> ChannelApp:
    """An app of somebody else, at an address that answers."""
    return make_client(call, name="Garden Shop", first_party=False, redirect_uris=(f"{live_server.url}/livez",))


def ask(page: Page, app: ChannelApp, **changes: Any) -> None:
    page.goto("/oauth/authorize?" + urlencode(app.authorize_parameters(new_secret(), **changes)))


@pytest.mark.parametrize("java_script", [True, False], ids=["", "without JavaScript"])
def test_allowing_takes_one_click_and_taking_it_back_one_more(
    window: Callable[..., Page], ana: Any, partner: ChannelApp, java_script: bool
) -> None:
    page = window(java_script_enabled=java_script)
    sign_in(page, ana)
    ask(page, partner)
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url("**/livez?code=*")
    ask(page, partner)
    page.wait_for_url("**/livez?code=*")

    page.goto("/")
    page.get_by_role("link", name="Apps", exact=True).click()
    expect(page.get_by_text("Garden Shop").first).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Garden Shop has no access any more.")).to_be_visible()
    expect(page.get_by_role("heading", name="No apps yet")).to_be_visible()
    ask(page, partner)
    expect(page.get_by_role("button", name="Allow", exact=True)).to_be_visible()


def test_the_pages_about_apps_and_accounts(window: Callable[..., Page], ana: Any, partner: ChannelApp) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    sign_in(page, ana)
    page.goto("/apps/")
    look_at(page, "apps-none")
    ask(page, partner)
    look_at(page, "consent")
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url("**/livez?code=*")
    page.goto("/apps/")
    look_at(page, "apps")
    ask(page, partner, prompt="select_account")
    look_at(page, "select-account")
    ask(page, partner, redirect_uri="https://evil.example/")
    look_at(page, "oauth-error")
    assert blocked == []


def test_continuing_and_changing_the_account(
    window: Callable[..., Page], ana: Any, partner: ChannelApp, call: CallContext
) -> None:
    shop = make_client(call, redirect_uris=partner.client.redirect_uri_list)
    page = window()
    sign_in(page, ana)
    ask(page, shop, prompt="select_account")
    page.get_by_role("button", name="Continue as Ana").click()
    page.wait_for_url("**/livez?code=*")
    ask(page, shop, prompt="select_account", login_hint="ben@people.example")
    page.get_by_role("button", name="Use another account").click()
    expect(page.get_by_label("Email address")).to_have_value("ben@people.example")


def test_the_pages_for_those_who_connect_clients(
    window: Callable[..., Page], operator: Any, partner: ChannelApp, call: CallContext
) -> None:
    enroll_totp(sub=operator.sub, secret=SECRET, call=call)
    page = window()
    blocked = listen_for_blocked(page)
    sign_in(page, operator)
    page.get_by_label("Code", exact=True).fill(app_code(SECRET))
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.goto("/console/")
    look_at(page, "console")
    page.get_by_role("link", name="Open").first.wait_for()
    page.goto("/console/clients/")
    look_at(page, "clients")
    page.get_by_role("link", name="Connect Garden Shop").click()
    look_at(page, "client")
    assert blocked == []
