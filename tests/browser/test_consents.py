"""What a customer allows, in Chromium: looked at in both widths, and changed without JavaScript."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.demo.consent import keep_consent
from consent.services import bind_device, record_signal
from keyring.services import ensure_signing_key
from kit.call import CallContext
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.people import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def register(ana: Any, call: CallContext) -> CallContext:
    """The demo's purposes, and what Ana said of them two days ago."""
    ensure_signing_key(call=call)
    before = replace(call, now=call.now - timedelta(days=2))
    keep_consent(ana.sub, before)
    return before


def row(page: Page, purpose: str) -> Any:
    return page.locator(f"li[id='{purpose}']")


def test_the_pages_as_they_are_seen(register: CallContext, window: Callable[..., Page], ana: Any) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    sign_in(page, ana)
    look_at(page, "consent-home")
    page.get_by_role("link", name="Change what you allow").click()
    look_at(page, "consents")
    page.get_by_role("link", name="Details of A shop that fits you").click()
    look_at(page, "consent-one")
    page.goto("/consents/of/ai.assistance/")
    look_at(page, "consent-asked-again")
    page.get_by_role("main").get_by_role("link", name="Privacy notice, version 3").first.click()
    look_at(page, "consent-notice")
    page.goto("/consents/history/")
    look_at(page, "consent-history")
    assert blocked == []


@pytest.mark.parametrize("scripts", [False, True])
def test_each_answer_is_one_click_and_holds_at_once(
    register: CallContext, window: Callable[..., Page], ana: Any, scripts: bool
) -> None:
    page = window(java_script_enabled=scripts)
    sign_in(page, ana)
    page.goto("/consents/")
    expect(row(page, "personalization")).to_contain_text("Allowed")
    row(page, "personalization").get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_contain_text("A shop that fits you: stopped")
    expect(row(page, "personalization")).to_contain_text("You took your yes back.")
    row(page, "personalization").get_by_role("button", name="Allow").click()
    expect(page.get_by_role("status")).to_contain_text("A shop that fits you: allowed")
    expect(row(page, "ai.assistance")).to_contain_text("The notice has changed since you said yes")
    row(page, "ai.assistance").get_by_role("button", name="Allow", exact=False).first.click()
    expect(row(page, "ai.assistance")).to_contain_text("Allowed")


def test_everything_below_a_purpose_stops_with_one_click_and_comes_back_with_one(
    register: CallContext, window: Callable[..., Page], ana: Any
) -> None:
    page = window(java_script_enabled=False)
    sign_in(page, ana)
    page.goto("/consents/")
    row(page, "marketing").get_by_role("button", name="Stop all of it").click()
    expect(row(page, "marketing.email")).to_contain_text("You took your yes back: News and offers.")
    row(page, "marketing").get_by_role("button", name="Allow all of it").click()
    for purpose in ("marketing", "marketing.email", "marketing.sms"):
        expect(row(page, purpose)).to_contain_text("Allowed")


def test_of_two_tabs_the_one_that_has_not_seen_the_other_is_told(
    register: CallContext, window: Callable[..., Page], ana: Any
) -> None:
    first = window(java_script_enabled=False)
    sign_in(first, ana)
    first.goto("/consents/")
    second = first.context.new_page()
    second.goto("/consents/")
    row(first, "analytics").get_by_role("button", name="Stop").click()
    first.goto("/consents/")
    row(first, "marketing.sms").get_by_role("button", name="Allow").click()
    row(first, "marketing.sms").get_by_role("button", name="Stop").click()
    row(second, "marketing.sms").get_by_role("button", name="Allow").click()
    expect(second.get_by_role("main")).to_contain_text("You changed this somewhere else")
    expect(row(second, "marketing.sms")).to_contain_text("Not allowed")
    row(second, "marketing.sms").get_by_role("button", name="Allow").click()
    expect(row(second, "marketing.sms")).to_contain_text("Allowed")


def test_one_channel_and_one_processor_can_be_closed_by_name(
    register: CallContext, window: Callable[..., Page], ana: Any
) -> None:
    page = window()
    sign_in(page, ana)
    page.goto("/consents/of/personalization/")
    page.get_by_role("button", name="Stop Wordsmith (AI tool)").click()
    expect(page.get_by_role("status")).to_contain_text("A shop that fits you, Wordsmith (AI tool): stopped")
    page.get_by_role("button", name="Stop Website").click()
    look_at(page, "consent-by-name")
    page.goto("/consents/")
    expect(row(page, "personalization")).to_contain_text("not: Wordsmith")
    expect(row(page, "personalization")).not_to_contain_text("Wordsmith (AI tool)")
    look_at(page, "consents-by-name")


def test_a_signal_of_the_browser_is_shown_and_can_be_outvoted_for_one_purpose(
    register: CallContext, window: Callable[..., Page], ana: Any, call: CallContext
) -> None:
    later = replace(call, now=call.now - timedelta(hours=1))
    record_signal(party="dev_ana", call=later)
    bind_device(device="dev_ana", account=ana.sub, call=later)
    page = window()
    sign_in(page, ana)
    page.goto("/consents/")
    look_at(page, "consents-signal")
    expect(row(page, "marketing.email")).to_contain_text("Global Privacy Control")
    page.goto("/consents/of/marketing.email/")
    look_at(page, "consent-signal")
    page.get_by_role("button", name="Allow all the same Offers by email").click()
    expect(page.get_by_role("status")).to_contain_text("Offers by email: allowed")
    page.goto("/consents/")
    expect(row(page, "marketing.sms")).to_contain_text("Not allowed")


def test_the_receipt_of_a_choice_is_a_signed_file(register: CallContext, window: Callable[..., Page], ana: Any) -> None:
    page = window(java_script_enabled=False)
    sign_in(page, ana)
    page.goto("/consents/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Receipt for A shop that fits you").click()
    assert waiting.value.suggested_filename.startswith("consent-receipt-cev_")
