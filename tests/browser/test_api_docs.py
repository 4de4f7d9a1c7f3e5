"""The pages about the API: a strict policy lets them work, and they load nothing from elsewhere."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.looking import listen_for_blocked

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_description_is_readable_and_nothing_is_blocked(window: Callable[..., Page]) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    hosts: set[str | None] = set()

    def note(request: Request) -> None:
        hosts.add(urlsplit(request.url).hostname)

    page.on("request", note)
    page.goto("/api/docs/")
    page.get_by_text("Where the customer is signed in").click()
    page.get_by_text("No access token, or none that counts here.").wait_for()
    assert blocked == []
    assert hosts == {urlsplit(page.url).hostname}


def test_without_javascript_the_page_says_where_the_description_is(window: Callable[..., Page]) -> None:
    page = window(java_script_enabled=False)
    page.goto("/api/docs/")
    expect(page.get_by_role("link", name="/api/schema/")).to_be_visible()
