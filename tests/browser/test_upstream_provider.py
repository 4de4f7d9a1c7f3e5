"""Through a provider and back in a real Chromium: no policy of ours stands in the way, and every page can be seen."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kit.call import CallContext
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.people import confirm_it_is_me
from tests.upstream import Upstream, configure, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def acme(web: None, call: CallContext, settings: Any, live_server: Any) -> Iterator[Upstream]:
    """A provider on another host, which sends people over a third one."""
    settings.FETCH_ALLOW_LOOPBACK = True
    settings.ISSUER_URL = live_server.url
    with serve(Upstream()) as upstream:
        configure(upstream, call)
        yield upstream


@pytest.mark.parametrize("scripts", [True, False])
def test_one_press_of_the_button_leads_through_the_provider_and_back(
    window: Callable[..., Page], acme: Upstream, scripts: bool
) -> None:
    page = window(java_script_enabled=scripts)
    blocked = listen_for_blocked(page)
    page.goto("/accounts/login/?next=/security/")
    page.get_by_role("button", name="Continue with Acme").click()
    page.wait_for_url("**/security/")
    expect(page.get_by_text("carla@people.example").first).to_be_visible()
    assert blocked == []


def test_the_pages_around_a_provider(window: Callable[..., Page], acme: Upstream, ana: Any) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    page.goto("/accounts/login/")
    look_at(page, "sign-in-with-providers")
    page.goto("/accounts/signup/")
    look_at(page, "create-account-with-providers")
    acme.person |= {"email": ana.email, "sub": "ana-there"}
    page.get_by_role("button", name="Continue with Acme").click()
    page.wait_for_url("**/upstream/link/")
    look_at(page, "upstream-account-exists")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Email address").fill(ana.email)
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/upstream/link/")
    look_at(page, "upstream-link")
    page.get_by_role("button", name="Link it").click()
    page.wait_for_url("**/security/")
    look_at(page, "security-with-a-link")
    page.get_by_role("link", name="Unlink Acme").click()
    look_at(page, "upstream-unlink")
    page.get_by_role("button", name="Unlink").click()
    confirm_it_is_me(page)
    page.wait_for_url("**/security/")
    expect(page.get_by_role("button", name="Link Acme")).to_be_visible()
    assert blocked == []


def test_the_pages_of_somebody_new_and_of_something_wrong(window: Callable[..., Page], acme: Upstream) -> None:
    page = window()
    acme.person |= {"email_verified": False}
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Continue with Acme").click()
    page.wait_for_url("**/upstream/sign-up/")
    look_at(page, "upstream-sign-up")
    page.get_by_label("Email address").fill("carla")
    page.get_by_role("button", name="Create account").click()
    look_at(page, "upstream-sign-up-wrong")
    acme.claims["nonce"] = "another"
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Continue with Acme").click()
    page.wait_for_url("**/callback/**")
    look_at(page, "upstream-failed")


def test_the_page_in_between_can_be_read_by_who_is_faster_than_it(window: Callable[..., Page], acme: Upstream) -> None:
    page = window()
    page.route(f"{acme.issuer}/**", lambda route: route.abort())
    page.goto("/accounts/login/")
    html = page.content()
    assert "Continue with Acme" in html
    with page.expect_response("**/acme/login/") as answer:
        page.get_by_role("button", name="Continue with Acme").click()
    assert "On to Acme" in answer.value.text()
