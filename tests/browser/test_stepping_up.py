"""The demo's step-up in a real browser: two clicks and a proof, and pages that everybody can use."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import look_at_app, serious_findings
from tests.journeys.examples.test_changing_the_address import let_proofs_age
from tests.journeys.people import fresh_totp
from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.servers]


def give_code(page: Page, secret: str) -> None:
    page.locator("[name=code]").fill(fresh_totp(secret))
    page.locator("[name=code]").press("Enter")


def test_the_address_is_changed_by_two_clicks_and_a_proof(demo: RunningDemo, open_profile: Callable[..., Page]):
    page, ana = open_profile(), demo.demo["customers"]["ana"]
    page.goto(f"{demo.site('shop')}/sign-in")
    page.locator("[name=login]").fill(ana["email"])
    page.locator("[name=password]").fill(ana["password"])
    page.locator("[name=password]").press("Enter")
    give_code(page, ana["totp_secret"])
    expect(page.locator("#email")).to_have_text(ana["email"])
    let_proofs_age(demo, ana, minutes=15)

    page.get_by_role("link", name="Delivery address").click()
    assert serious_findings(page) == []
    page.get_by_role("button", name="Change delivery address").click()
    page.wait_for_url(f"{demo.issuer}/**")
    assert serious_findings(page) == []
    give_code(page, ana["totp_secret"])

    expect(page.locator("#address")).to_have_text("4 Orchard Road, Ashford")
    expect(page.locator(".outcome").first).to_have_text("permit")
    look_at_app(page, "shop-address")
