"""The pages on which operators keep the register of consent: looked at in both widths, used without JavaScript."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.types import Role
from config.demo.consent import keep_consent
from keyring.services import ensure_signing_key
from kit.call import CallContext
from tests.actors import make_customer
from tests.browser.looking import listen_for_blocked, look_at
from tests.operators import sign_in_operator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def register(ana: Any, call: CallContext) -> None:
    """The demo's purposes, and what Ana said of them two days ago."""
    ensure_signing_key(call=call)
    keep_consent(ana.sub, replace(call, now=call.now - timedelta(days=2)))


@pytest.fixture
def enter(window: Callable[..., Page], call: CallContext, live_server: Any) -> Callable[..., Page]:
    """A window in which an operator of a role is signed in."""

    def enter_as(role: Role, **options: Any) -> Page:
        signed_in, _ = sign_in_operator(role, call)
        page = window(**options)
        cookie = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        return page

    return enter_as


def test_the_pages_as_they_are_seen(register: None, enter: Callable[..., Page], ana: Any) -> None:
    page = enter(Role.STEWARD)
    blocked = listen_for_blocked(page)
    page.goto("/console/")
    page.get_by_role("link", name="Open consent").click()
    look_at(page, "register-catalog")
    page.goto("/console/consent/purposes/ai.assistance/")
    expect(page.get_by_role("main")).to_contain_text(
        "1 person has said yes under a notice that is older than version 3"
    )
    look_at(page, "register-purpose")
    page.get_by_role("link", name="Change it").click()
    look_at(page, "register-edit")
    page.goto("/console/consent/notices/publish/?after=privacy&language=en")
    look_at(page, "register-publish")
    page.goto("/console/consent/processors/add/")
    look_at(page, "register-processor")
    page.goto("/console/consent/register/")
    page.get_by_label("Email address or customer number").fill("nobody@people.example")
    page.get_by_role("button", name="Look up").click()
    look_at(page, "register-nobody")
    page.get_by_label("Email address or customer number").fill(ana.email)
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("main")).to_contain_text("it was given under a notice that is too old")
    page.get_by_text("Record a mandate").click()
    look_at(page, "register-person")
    assert blocked == []


def test_a_steward_keeps_the_catalog_without_javascript(register: None, enter: Callable[..., Page]) -> None:
    page = enter(Role.STEWARD, java_script_enabled=False)
    page.goto("/console/consent/purposes/new/")
    page.get_by_label("Short name").fill("surveys")
    page.get_by_label("Title").fill("Surveys")
    page.get_by_label("Notice").fill("privacy")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("surveys")
    page.goto("/console/consent/notices/publish/?after=privacy&language=en")
    expect(page.get_by_label("Version", exact=True)).to_have_value("4")
    page.get_by_label("surveys").check()
    page.get_by_label("A material change").check()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status")).to_contain_text("Version 4 of privacy may be shown")
    page.goto("/console/consent/purposes/marketing.email/")
    expect(page.get_by_role("main")).to_contain_text("older than version 4")
    page.get_by_role("button", name="Pursue it no more").click()
    expect(page.get_by_role("status")).to_contain_text("marketing.email is pursued no more")
    page.get_by_role("button", name="Retire Wordsmith").click()
    expect(page.get_by_role("status")).to_contain_text("wordsmith is denied everything")


def test_a_mandate_is_recorded_and_revoked_and_evidence_taken_home(
    register: None, enter: Callable[..., Page], ana: Any, call: CallContext
) -> None:
    ben = make_customer(call, "ben")
    page = enter(Role.ADMIN, java_script_enabled=False)
    page.goto(f"/console/consent/register/{ana.sub}/")
    page.get_by_text("Record a mandate").click()
    page.get_by_label("Who chooses for her").fill(ben.email)
    page.get_by_label("Document").fill("court file 12")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("main")).to_contain_text("court file 12")
    page.get_by_role("button", name=f"Revoke the mandate of {ben.sub}").click()
    expect(page.get_by_role("main")).to_contain_text("revoked")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Evidence as a signed file for personalization").click()
    assert waiting.value.suggested_filename == f"consent-evidence-{ana.sub}-personalization.json"
