"""One person in real browsers: the laptop, her phone, the kiosk in the store; and a household at one tablet."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import look_at_app
from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.servers]


def _sign_in(page: Page, address: str, person: dict[str, Any]) -> None:
    page.goto(address)
    page.locator("[name=login]").fill(person["email"])
    page.locator("[name=password]").fill(person["password"])
    page.locator("[name=password]").press("Enter")


def test_the_laptop_the_phone_and_the_kiosk_know_her_after_one_sign_in(
    demo: RunningDemo, open_profile: Callable[..., Page]
):
    ben, laptop, phone, kiosk = (
        demo.demo["customers"]["ben"],
        *(open_profile(width, False) for width in (1280, 375, 1280)),
    )
    _sign_in(laptop, f"{demo.site('shop')}/sign-in", ben)
    expect(laptop.locator("#sub")).to_have_text(ben["sub"])
    laptop.get_by_role("link", name="Help site").first.click()
    expect(laptop.locator("#sub")).to_have_text(ben["sub"])

    laptop.get_by_role("link", name="Continue on your phone").click()
    laptop.get_by_role("button", name="Show the code").click()
    phone.goto(laptop.locator("#handoff-link").inner_text())
    expect(phone.get_by_role("main")).to_contain_text(ben["name"])
    phone.get_by_role("main").locator("button.button-primary").click()
    phone.wait_for_url(f"{demo.site('mobile')}/**")
    phone.get_by_role("link", name="Sign in").click()
    expect(phone.locator("#sub")).to_have_text(ben["sub"])
    look_at_app(phone, "app-mobile")

    kiosk.goto(f"{demo.site('kiosk')}/")
    kiosk.get_by_role("button", name="Sign in with your phone").click()
    look_at_app(kiosk, "app-kiosk-waiting")
    phone.goto(kiosk.locator("a[href*=user_code]").get_attribute("href") or "")
    phone.get_by_role("button", name="Connect", exact=True).click()
    expect(kiosk.get_by_role("heading", name="Good to see you")).to_be_visible(timeout=30_000)
    expect(kiosk.locator("#sub")).to_have_text(ben["sub"])  # its purpose is one that he never allowed: no name
    look_at_app(kiosk, "app-kiosk-greeting")


def test_two_people_at_one_tablet_stay_two_people(demo: RunningDemo, open_profile: Callable[..., Page]):
    ben, family, page = demo.demo["customers"]["ben"], demo.demo["customers"]["household"], open_profile(scripts=False)
    _sign_in(page, f"{demo.site('shop')}/sign-in", family)
    expect(page.locator("#email")).to_have_text(family["email"])
    page.goto(f"{demo.issuer}/switch/")
    page.get_by_role("button", name="Use another account").click()
    _sign_in(page, page.url, ben)
    page.goto(f"{demo.site('help')}/sign-in")
    page.get_by_role("button", name=f"Continue as {ben['name']}").click()
    expect(page.locator("#email")).to_have_text(ben["email"])
    page.goto(f"{demo.site('shop')}/")
    expect(page.locator("#email")).to_have_text(family["email"])


@pytest.mark.parametrize("app", ["shop", "help", "mobile", "mobile_two", "kiosk", "chat", "contact_center"])
def test_every_app_welcomes_a_stranger_on_both_screens(demo: RunningDemo, open_profile: Callable[..., Page], app: str):
    page = open_profile(scripts=False)
    page.goto(f"{demo.site(app)}/")
    look_at_app(page, f"app-{app}")
