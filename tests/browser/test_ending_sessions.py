"""The pages of sessions in Chromium: looked at in both widths, and used without JavaScript."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.types import Role
from kit.call import CallContext
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.people import sign_in
from tests.operators import sign_in_operator
from tests.town import Town

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(call: CallContext, web: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setattr(settings, "FETCH_ALLOW_LOOPBACK", True)
    monkeypatch.setattr("sync.services.bell._ring", lambda: None)
    monkeypatch.setattr("sync.flows.endings.SECONDS", 0.1)
    with ExitStack() as cleanup:
        yield Town(call=call, cleanup=cleanup)


def test_a_customer_ends_everything_without_javascript_and_sees_who_has_confirmed(
    town: Town, window: Callable[..., Page], ana: Any
) -> None:
    town.sign_in(ana, town.site("Shop"), town.site("Help site", 500))
    page = window(java_script_enabled=False)
    sign_in(page, ana)
    page.goto("/sessions/")
    page.get_by_role("link", name="Sign out everywhere", exact=True).click()
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signed out")
    expect(page.get_by_role("main")).to_contain_text("Confirmed by 0 of 2")
    town.deliver(minutes=1)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("main")).to_contain_text("Confirmed by 1 of 2")
    expect(page.get_by_role("listitem").filter(has_text="Help site")).to_contain_text("Not confirmed yet")


def test_the_pages_of_a_customer(town: Town, window: Callable[..., Page], ana: Any) -> None:
    town.sign_in(ana, town.site("Shop"), town.site("Help site", 500))
    page = window()
    blocked = listen_for_blocked(page)
    sign_in(page, ana)
    page.goto("/sessions/")
    look_at(page, "sessions-all-channels")
    page.goto("/sessions/end-all/")
    look_at(page, "end-all")
    page.get_by_role("button", name="Sign out everywhere").click()
    town.deliver(minutes=1)
    page.goto("/sessions/ended/")
    look_at(page, "sessions-ended")
    assert blocked == []


def test_the_pages_of_operators(
    town: Town, window: Callable[..., Page], ana: Any, call: CallContext, live_server: Any
) -> None:
    town.sign_in(ana, town.site("Shop"))
    town.end(town.sign_in(ana, town.site("Refusing", 400)))
    for minute in range(4):
        town.deliver(minutes=minute)
    signed_in, _ = sign_in_operator(Role.SUPPORT, call)
    page = window()
    cookie = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page.goto(f"/console/customers/{ana.sub}/sessions/")
    look_at(page, "console-sessions")
    page.goto("/console/deliveries/")
    expect(page.get_by_role("listitem").filter(has_text="Refusing")).to_contain_text("Given up")
    look_at(page, "console-deliveries")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status")).to_contain_text("It is tried again.")
