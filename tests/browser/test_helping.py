"""Sam helps Ana, both in a real browser, with and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts.services import enroll_totp, register_operator
from accounts.types import Role
from kit.call import CallContext
from tests.actors import PASSWORD
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.people import app_code, sign_in
from tests.journeys.assistance.test_helping import make_desk
from tests.services.delegation.people import open_desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def sam(web: None, call: CallContext) -> Any:
    """Sam answers the phone."""
    cache.clear()
    open_desk(call)
    make_desk(call)
    account = register_operator(
        email="sam@operators.example", password=PASSWORD, name="Sam", roles=[Role.SUPPORT], call=call
    )
    enroll_totp(sub=account.sub, secret=SECRET, call=call)
    return account


def sign_in_sam(page: Page, sam: Any) -> None:
    sign_in(page, sam)
    page.get_by_label("Code", exact=True).fill(app_code(SECRET))
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "authenticate" not in url)


@pytest.mark.parametrize("java_script", [True, False], ids=["", "without JavaScript"])
def test_sam_finds_ana_acts_for_her_and_she_ends_it(
    window: Callable[..., Page], ana: Any, sam: Any, java_script: bool
) -> None:
    hers, his = window(java_script_enabled=java_script), window(java_script_enabled=java_script)
    sign_in(hers, ana)
    sign_in_sam(his, sam)
    his.goto("/console/")
    his.get_by_role("link", name="help a customer").click()
    his.get_by_label("Email address or customer number").fill(ana.email)
    his.get_by_role("button", name="Find").click()
    expect(his.get_by_text("by password on the website")).to_be_visible()
    his.get_by_label("What is it about").select_option("order")
    his.get_by_label("Note").fill("Wants another size")
    his.get_by_role("button", name="Act for her").click()
    expect(his.get_by_role("complementary", name="You act for Ana")).to_be_visible()

    hers.goto("/apps/")
    banner = hers.get_by_role("complementary", name="Sam from customer service is helping you")
    expect(banner).to_contain_text("about an order")
    expect(banner).to_contain_text("Wants another size")
    banner.get_by_role("button", name="End it").click()
    expect(hers.get_by_text("The help has ended.")).to_be_visible()
    expect(banner).to_have_count(0)

    his.goto("/console/")
    expect(his.get_by_role("complementary")).to_have_count(0)


def test_the_pages_of_both_sides(window: Callable[..., Page], ana: Any, sam: Any) -> None:
    hers, his = window(), window()
    blocked = [listen_for_blocked(hers), listen_for_blocked(his)]
    sign_in_sam(his, sam)
    his.goto("/console/customers/")
    look_at(his, "customers-none")
    his.get_by_role("button", name="Find").click()
    look_at(his, "customers-wrong")
    his.get_by_label("Email address or customer number").fill("nobody@people.example")
    his.get_by_role("button", name="Find").click()
    look_at(his, "customers-nobody")
    his.goto(f"/console/customers/{ana.sub}/")
    look_at(his, "customer-not-verified")
    sign_in(hers, ana)
    his.reload()
    look_at(his, "customer-verified")
    his.get_by_label("What is it about").select_option("contact_details")
    his.get_by_label("Note").fill("Moved house, wants the next parcel at the new address")
    his.get_by_role("button", name="Act for her").click()
    look_at(his, "customer-running")
    hers.goto("/")
    look_at(hers, "helped-overview")
    hers.goto("/sessions/")
    look_at(hers, "helped-devices")
    hers.goto("/sessions/end-others/")
    look_at(hers, "helped-narrow-page")
    hers.goto("/security/")
    look_at(hers, "helped-security")
    his.get_by_role("button", name="End it").click()
    look_at(his, "customers-past")
    assert blocked == [[], []]
