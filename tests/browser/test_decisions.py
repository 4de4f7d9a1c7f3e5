"""The pages of decisions in Chromium: looked at in both widths and schemes, and used without JavaScript."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.services import enroll_totp
from accounts.types import Role
from assurance.queries import forget_learned
from assurance.services import decide, raise_risk, record_feed_health
from assurance.types import Health, Question, RiskKind
from kit import clock
from kit.call import CallContext
from sessions_hub.queries import list_live_sessions
from tests.actors import open_channel
from tests.actors import sign_in as sign_in_by_http
from tests.browser.looking import listen_for_blocked, look_at
from tests.operators import sign_in_operator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ACTIONS = {
    "orders.view": {"class": "history"},
    "contact.update": {"class": "change"},
    "offer.personalize": {"class": "personalize"},
}


@pytest.fixture
def decisions(ana: Any, call: CallContext) -> dict[str, str]:
    """What was decided about Ana, by action."""
    open_channel(call, "web", ("authorization_code", "refresh_token"), actions=ACTIONS)
    sign_in_by_http(ana)
    enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call)
    call = replace(call, now=clock.now() + timedelta(minutes=40))
    [state] = list_live_sessions(subject=ana.sub, now=call.now)
    asked = [
        Question(subject=ana.sub, action=name, sid=state.sid, channel="web") for name in (*ACTIONS, "payment.create")
    ]
    made = {question.action: decide(question=question, call=call).id for question in asked}
    raise_risk(subject=ana.sub, kind=RiskKind.SIM_SWAP, source="carrier", call=call)
    return {**made, "sub": ana.sub, "robbed": decide(question=asked[0], call=call).id}


@pytest.fixture
def open_as(window: Callable[..., Page], live_server: Any, call: CallContext) -> Callable[..., Page]:
    """A window of an operator of the role."""

    def open_one(role: Role, **options: Any) -> Page:
        browser, _ = sign_in_operator(role, call)
        page = window(**options)
        cookies = [
            {"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in browser.cookies.items()
        ]
        page.context.add_cookies(cookies)  # type: ignore[arg-type]
        return page

    return open_one


def test_the_pages_of_decisions(open_as: Callable[..., Page], decisions: dict[str, str]) -> None:
    page = open_as(Role.AUDITOR)
    blocked = listen_for_blocked(page)
    page.goto("/console/decisions/")
    look_at(page, "decisions")
    page.goto("/console/decisions/?outcome=suppress&action=nothing")
    look_at(page, "decisions-none")
    for name in ("orders.view", "contact.update", "payment.create", "robbed"):
        page.goto(f"/console/decisions/{decisions[name]}/")
        look_at(page, f"decision-{name.replace('.', '-')}")
    page.get_by_text("As a table").click()
    look_at(page, "decision-table")
    assert blocked == []


def test_older_decisions_and_those_on_wrong_data(
    open_as: Callable[..., Page], decisions: dict[str, str], call: CallContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.views.decisions.SHOWN", 2)
    later = replace(call, now=clock.now() + timedelta(hours=1))
    record_feed_health(feed="carrier", health=Health.OK, call=call)
    forget_learned()
    [state] = list_live_sessions(subject=decisions["sub"], now=later.now)
    asked = Question(subject=decisions["sub"], action="orders.view", sid=state.sid, channel="web")
    rested = decide(question=asked, call=later)
    found = replace(later, now=later.now + timedelta(hours=1))
    record_feed_health(feed="carrier", health=Health.POISONED, good_until=call.now, call=found)
    page = open_as(Role.AUDITOR)
    page.goto("/console/decisions/")
    expect(page.get_by_text("Rested on wrong data")).to_have_count(1)
    look_at(page, "decisions-older")
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_text("Rested on wrong data")).to_have_count(0)
    expect(page.get_by_role("link", name="Newest")).to_be_visible()
    page.goto(f"/console/decisions/{rested.id}/")
    look_at(page, "decision-on-wrong-data")


def test_a_reader_filters_and_opens_one_without_javascript(
    open_as: Callable[..., Page], decisions: dict[str, str]
) -> None:
    page = open_as(Role.SUPPORT, java_script_enabled=False)
    page.goto("/console/")
    page.get_by_role("link", name="Open decisions").click()
    page.get_by_label("Outcome").select_option("Proof asked for")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("outcome=step_up"))
    page.get_by_role("link", name="Why contact.update").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("contact.update")
    expect(page.get_by_role("main")).to_contain_text("a fresh proof was asked for first")
