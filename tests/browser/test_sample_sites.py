"""A newcomer in a real browser: signing up at the gateway, known at the shop and the help site, out of both."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import mailed_code
from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.servers]


def test_a_newcomer_is_known_at_both_sites_and_leaves_both_at_once(
    demo: RunningDemo, open_profile: Callable[..., Page]
):
    page = open_profile()
    page.goto(f"{demo.issuer}/accounts/signup/")
    page.locator("[name=email]").fill("mara@birch.example")
    page.locator("[name=password1]").fill("seven quiet lanterns")
    page.locator("main form button").first.click()
    page.locator("[name=code]").fill(mailed_code(demo, "mara@birch.example"))
    page.locator("main form button").first.click()
    page.wait_for_url(f"{demo.issuer}/")

    page.goto(f"{demo.site('shop')}/")
    page.get_by_role("link", name="Sign in", exact=True).click()
    expect(page.locator("#email")).to_have_text("mara@birch.example")
    page.get_by_role("link", name="Help site").click()
    expect(page.locator("#email")).to_have_text("mara@birch.example")
    assert page.url == f"{demo.site('help')}/"

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are here as a guest.")).to_be_visible()
    page.wait_for_timeout(1000)  # what every node may take to know
    page.get_by_role("link", name="To the shop").click()
    expect(page.get_by_role("status")).to_have_text("You were signed out.")


@pytest.mark.parametrize("site", ["shop", "help"])
def test_a_password_on_the_gateways_page_leads_back_to_the_site(
    demo: RunningDemo, open_profile: Callable[..., Page], site: str
):
    page, ben = open_profile(), demo.demo["customers"]["ben"]
    page.goto(f"{demo.site(site)}/sign-in")
    page.locator("[name=login]").fill(ben["email"])
    page.locator("[name=password]").fill(ben["password"])
    page.locator("[name=password]").press("Enter")
    expect(page.locator("#sub")).to_have_text(ben["sub"])


def test_a_stranger_client_is_answered_after_consent(demo: RunningDemo, open_profile: Callable[..., Page]):
    page, ben, client = open_profile(), demo.demo["customers"]["ben"], demo.client("test")
    page.goto(
        f"{demo.issuer}/oauth/authorize?response_type=code&client_id={client['client_id']}&scope=openid"
        f"&redirect_uri={client['redirect_uris'][0]}&state=s&code_challenge={'x' * 43}&code_challenge_method=S256"
    )
    page.locator("[name=login]").fill(ben["email"])
    page.locator("[name=password]").fill(ben["password"])
    page.locator("[name=password]").press("Enter")
    with page.expect_request(lambda request: request.url.startswith(client["redirect_uris"][0])) as answer:
        page.locator("[name=allow][value=yes]").click()
    assert "code=" in answer.value.url


@pytest.mark.parametrize("width", [375, 1280])
def test_the_sites_fit_the_screen(demo: RunningDemo, open_profile: Callable[..., Page], width: int):
    page, ben = open_profile(width), demo.demo["customers"]["ben"]
    page.goto(f"{demo.site('shop')}/sign-in")
    page.locator("[name=login]").fill(ben["email"])
    page.locator("[name=password]").fill(ben["password"])
    page.locator("[name=password]").press("Enter")
    for site in ("shop", "help"):
        page.goto(f"{demo.site(site)}/")
        expect(page.locator("#sub")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
