"""The pages of governing in Chromium: looked at in both widths, and used without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.types import Method, Proof, Role
from assurance.services import decide
from assurance.types import Question
from channel_registry.queries import forget_policies
from channel_registry.services import apply_channels, publish_policy
from config.demo.cast import CHANNELS
from kit.call import CallContext
from sessions_hub.services import recognize_device, start_session
from tests.browser.looking import listen_for_blocked, look_at
from tests.operators import sign_in_operator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def house(ana: Any, call: CallContext) -> None:
    """The demo's channels, one of them guarding an action less, and decisions about ana."""
    apply_channels(document={"channels": CHANNELS}, call=call)
    weaker = {**CHANNELS["chat"]["policy"], "actions": {"contact.update": {"class": "change", "max_age": "1h"}}}
    publish_policy(channel="chat", body=weaker, call=call)
    forget_policies()
    device = recognize_device(secret=None, user_agent="Firefox", call=call)[0].pk
    session = start_session(
        account_id=ana.pk,
        subject=ana.sub,
        device_id=device,
        channel="web",
        proofs=[Proof(method=Method.PASSWORD, at=call.now)],
        call=call,
    )
    for action in ("orders.view", "orders.view", "contact.update", "offer.personalize"):
        decide(question=Question(subject=ana.sub, action=action, sid=session.sid, channel="web"), call=call)


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


def propose_a_stricter_policy(page: Page) -> None:
    """As an author does it, from the console on."""
    page.goto("/console/")
    page.get_by_role("link", name="Open channels and policies").click()
    page.get_by_role("link", name="Open Web", exact=True).click()
    page.get_by_role("link", name="Change this policy").click()
    text = page.get_by_label("Policy").input_value()
    page.get_by_label("Policy").fill(
        text.replace("idle: 7d", "idle: 15m").replace("threshold: 0.95", "threshold: 0.99")
    )
    page.get_by_label("Why").fill("orders are worth more")
    page.get_by_role("button", name="Save the change").click()
    page.get_by_role("button", name="Propose it").click()


def test_two_operators_change_a_policy_without_javascript(house: None, enter: Callable[..., Page]) -> None:
    author, approver = (enter(role, java_script_enabled=False) for role in (Role.AUTHOR, Role.APPROVER))
    propose_a_stricter_policy(author)
    expect(author.get_by_role("main")).to_contain_text("Somebody else has to approve it")
    approver.goto(author.url)
    expect(approver.get_by_role("main")).to_contain_text("recorded decisions would have been answered otherwise")
    approver.get_by_role("button", name="Approve").click()
    expect(approver.get_by_role("status")).to_contain_text("in force on every node")
    approver.goto("/console/channels/web/")
    approver.get_by_role("link", name="Open version 1").click()
    approver.get_by_role("button", name="Go back to version 1").click()
    expect(approver.get_by_role("main")).to_contain_text("back to version 1")


def test_the_pages_as_they_are_seen(house: None, enter: Callable[..., Page]) -> None:
    author, approver = (enter(role) for role in (Role.AUTHOR, Role.APPROVER))
    blocked = [listen_for_blocked(author), listen_for_blocked(approver)]
    for name, path in (
        ("channels", "channels/"),
        ("channel", "channels/web/"),
        ("actions", "actions/"),
        ("sources", "sources/"),
    ):
        author.goto(f"/console/{path}")
        look_at(author, f"govern-{name}")
    author.goto("/console/weakest/")
    expect(author.get_by_role("main")).to_contain_text("contact.update")
    look_at(author, "govern-weakest")
    author.goto("/console/channels/web/change/")
    look_at(author, "govern-edit")
    author.get_by_label("Policy").fill("session: {idle: 15m}\nactions:\n  orders.view:\n    class: historic\n")
    author.get_by_role("button", name="Save the change").click()
    expect(author.locator(".is-wrong")).to_contain_text("class: historic")
    look_at(author, "govern-edit-wrong")
    propose_a_stricter_policy(author)
    look_at(author, "govern-change-own")
    approver.goto(author.url)
    look_at(approver, "govern-change")
    approver.get_by_role("button", name="Approve").click()
    approver.goto("/console/channels/web/versions/1/")
    look_at(approver, "govern-version")
    assert blocked == [[], []]
