"""The pages of transmitters and of feeds as text in Chromium, in both widths and schemes."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from accounts.types import Role
from kit.call import CallContext
from sync.services import apply_transmitters
from tests.browser.looking import listen_for_blocked, look_at
from tests.operators import sign_in_operator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(window: Callable[..., Page], live_server: Any, call: CallContext) -> Page:
    """An admin's window."""
    browser, _ = sign_in_operator(Role.ADMIN, call)
    page = window()
    cookies = [
        {"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in browser.cookies.items()
    ]
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    return page


def test_an_admin_looks_at_whose_signals_are_heard_and_at_feeds_as_text(admin: Page, call: CallContext) -> None:
    blocked = listen_for_blocked(admin)
    entry = {"name": "The bank", "issuer": "https://bank.example", "jwks_uri": "https://bank.example/jwks"}
    apply_transmitters(document={"transmitters": {"bank": entry}}, call=call)
    admin.goto("/console/")
    admin.get_by_role("link", name="Open security events from others").click()
    look_at(admin, "console-transmitters")
    admin.get_by_role("link", name="Change The bank").click()
    look_at(admin, "console-edit-transmitter")
    admin.goto("/console/feeds-as-text/")
    look_at(admin, "console-feeds-file")
    assert blocked == []
