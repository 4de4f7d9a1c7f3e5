"""What every page must pass: axe without serious findings, nothing blocked by the CSP, no sideways scrolling."""

import os
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
WIDTHS = (375, 1280)
END_TRANSITIONS = """() => {
    const changing = () => document.getAnimations().filter(
        each => each instanceof CSSTransition && each.playState === "running");
    for (let some = changing(); some.length; some = changing()) some.forEach(each => each.finish());
}"""


def look_at(page: Page, name: str) -> None:
    """Check the page as it stands, in both widths and both color schemes; SCREENSHOTS=1 leaves pictures in `var`."""
    look_at_app(page, name)
    findings = serious_findings(page)
    page.emulate_media(color_scheme="dark")
    _keep_picture(page, f"{name}-dark")
    findings += serious_findings(page, "color-contrast")
    page.emulate_media(color_scheme="light")
    assert not findings, f"{name}: {findings}"
    assert len(page.locator("h1").all()) == 1
    assert len(page.locator(".button-primary:visible").all()) <= 1, "one primary button per page"


def look_at_app(page: Page, name: str) -> None:
    """Whether the page fits both widths; all that is asked of another program's page."""
    page.wait_for_timeout(100)  # a click that led here may not have left the page before yet
    page.wait_for_function("document.body && document.readyState === 'complete'")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 780})
        _keep_picture(page, f"{name}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls at {width}"


def _keep_picture(page: Page, name: str) -> None:
    """A screenshot for whoever asks for them: painting takes longer than all the checks."""
    if os.environ.get("SCREENSHOTS"):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def serious_findings(page: Page, *only: str) -> list[str]:
    """What axe finds serious or critical, as readable lines; by `only` these of its rules.

    What is still changing color is first brought to its end: axe would judge a color of half the way.
    """
    page.evaluate(END_TRANSITIONS)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(only)} if only else {})
    violations: list[dict[str, Any]] = page.evaluate("options => axe.run(options)", options)["violations"]
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
