"""A real Chromium against the live gateway."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from accounts.services import register_operator
from accounts.types import Role
from kit.call import CallContext
from tests.actors import PASSWORD, make_channel, make_customer

# As root in a container Chromium needs no sandbox; the rest keeps it from calling home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for all tests; each opens windows of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open a fresh browser profile at the gateway: `window(java_script_enabled=False)`."""
    contexts: list[BrowserContext] = []

    def open_window(**options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()


@pytest.fixture
def open_profile(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A browser profile of its own, by default of 1280 × 900 px, for what is not under one address."""
    contexts: list[BrowserContext] = []

    def open_one(width: int = 1280, scripts: bool = True) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        context.set_default_timeout(20_000)
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def web(transactional_db: None, call: CallContext) -> None:
    """The channel browsers sign in on."""
    make_channel(call)


@pytest.fixture
def ana(web: None, call: CallContext) -> Any:
    """A customer with a confirmed address and a password."""
    return make_customer(call, "ana")


@pytest.fixture
def operator(web: None, call: CallContext) -> Any:
    """An operator who may read everything."""
    return register_operator(
        email="vera@operators.example", password=PASSWORD, name="Vera", roles=[Role.AUDITOR], call=call
    )


@pytest.fixture
def demo_mode(settings: Any) -> None:
    """The gateway as a newcomer starts it."""
    settings.MODE = "embedded"
