"""What every page must pass: axe without serious findings, nothing blocked by the CSP, no sideways scrolling."""

import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
WIDTHS = (375, 1280)


def look_at(page: Page, name: str) -> None:
    """Take the two screenshots and check the page as it stands, in the reader's color scheme."""
    scheme = "-dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else ""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 780})
        page.screenshot(path=SCREENSHOTS / f"{name}{scheme}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls at {width}"
    findings = serious_findings(page)
    assert not findings, f"{name}: {findings}"
    assert len(page.locator("h1").all()) == 1
    assert len(page.locator(".button-primary:visible").all()) <= 1, "one primary button per page"


def look_at_app(page: Page, name: str) -> None:
    """The two screenshots of a sample app's page, and whether it fits; another program's page, so without the rest."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 780})
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls at {width}"


def serious_findings(page: Page) -> list[str]:
    """What axe finds serious or critical, as readable lines."""
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['html'][:120]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


def listen_for_blocked(page: Page) -> list[str]:
    """A list that fills with whatever the content security policy blocks on this page from now on."""
    blocked: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and re.search("Content Security Policy|Refused to", message.text):
            blocked.append(message.text)

    page.on("console", hear)
    return blocked
