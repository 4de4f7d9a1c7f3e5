"""What people do at the channel apps: sign in, say yes to a question, wait for a screen that goes on by itself."""

import time
from typing import Any

from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Page, Visitor

SIGN_IN_PAGES = ("/accounts/login/", "/accounts/reauthenticate/", "/accounts/2fa/")
PATIENCE = 15.0


def sign_in_at(visitor: Visitor, demo: RunningDemo, site: str, person: dict[str, Any]) -> Page:
    """Press *Sign in* at an app and answer what the gateway asks."""
    visitor.open(f"{demo.site(site)}/sign-in")
    return answer_pages(visitor, person)


def pages_that_asked(visitor: Visitor) -> list[str]:
    """Where on her way she was asked to prove anything."""
    return [url for url in visitor.trail if any(page in url for page in SIGN_IN_PAGES)]


def wait_for(visitor: Visitor, url: str, element_id: str = "", *, words: str = "") -> Page:
    """Look at a page that reloads itself until it shows that element, or says so."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        page = visitor.open(url)
        if words in page.text and (not element_id or page.has(element_id)):
            return page
        time.sleep(0.5)
    raise AssertionError(visitor.page.text)


def press(visitor: Visitor, action: str, *, stop_at: str | None = None, **values: str) -> Page:
    """Press the button of the form on this page that goes to that address."""
    return visitor.submit(visitor.page.form(action=action), stop_at=stop_at, **values)


def approve(visitor: Visitor, demo: RunningDemo, *, number: str, message: str) -> Page:
    """Open the question with that message among her approvals, and say yes with the number from the other side."""
    waiting = visitor.open(f"{demo.issuer}/approvals/")
    assert message in waiting.text, waiting.text
    (question,) = {link for link in waiting.links if link.startswith("/approvals/") and link != "/approvals/"}
    visitor.open(f"{demo.issuer}{question}")
    assert message in visitor.page.text
    return visitor.submit(visitor.page.form("number"), number=number, answer="yes")


def ask_in_chat(visitor: Visitor, demo: RunningDemo, person: dict[str, Any], text: str) -> Page:
    """Write to the chat, with an address: it shows a number and waits."""
    page = visitor.open(f"{demo.site('chat')}/")
    return visitor.submit(page.form(action="/say"), text=text, email=person["email"])
