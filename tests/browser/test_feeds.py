"""The pages of feeds in Chromium: looked at in both widths and schemes, and a delivery discarded by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.types import Role
from kit.call import CallContext
from sync.rules import read_delivery
from sync.services import apply_feeds, take_in
from tests.browser.looking import listen_for_blocked, look_at
from tests.operators import sign_in_operator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FEEDS = {
    "crm": {"name": "CRM", "client": "crm", "fields": {"phone": {}, "email": {}}, "links_by": ["sub"]},
    "cdp": {"name": "CDP", "client": "cdp", "fields": {"phone": {}}, "links_by": ["sub"]},
}


@pytest.fixture
def stella(window: Callable[..., Page], live_server: Any, call: CallContext, ana: Any) -> Page:
    """A steward's window, while the CRM is poisoned and disagrees with the CDP about Ana."""
    apply_feeds(document={"feeds": FEEDS}, call=call)
    for sequence, feed, told in ((1, "crm", ["+49 151"]), (1, "cdp", ["+49 999"]), (2, "crm", [None] * 40)):
        named = {"sub": ana.sub} if sequence == 1 else {}
        records = [
            {
                "id": str(at),
                "sequence": sequence,
                "occurred_at": call.now.isoformat(),
                "attributes": {"phone": phone},
                **named,
            }
            for at, phone in enumerate(told)
        ]
        take_in(feed=feed, records=read_delivery({"records": records})[0], call=call)
    browser, _ = sign_in_operator(Role.STEWARD, call)
    page = window()
    cookies = [
        {"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in browser.cookies.items()
    ]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    return page


def test_a_steward_looks_at_feeds_and_discards_what_was_wrong(stella: Page, ana: Any) -> None:
    blocked = listen_for_blocked(stella)
    stella.goto("/console/")
    stella.get_by_role("link", name="Open feeds").click()
    look_at(stella, "console-feeds")
    stella.get_by_role("link", name="Look at CRM").click()
    look_at(stella, "console-feed-poisoned")
    stella.get_by_role("button", name="Discard delivery 2").click()
    expect(stella.get_by_text("Nothing is set aside")).to_be_visible()
    stella.goto("/console/feeds/conflicts/")
    look_at(stella, "console-conflicts")
    stella.get_by_role("link", name="Look at what is believed").first.click()
    expect(stella.get_by_text("Its source comes first here")).to_be_visible()
    look_at(stella, "console-attributes")
    assert blocked == []
