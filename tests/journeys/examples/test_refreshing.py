"""The shop spends its refresh token when the access token has run out, once, and keeps the customer signed in."""

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor


@pytest.fixture
def shop(demo: RunningDemo, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The shop's program in this process, so that a test can age what it holds."""
    monkeypatch.setenv("DEMO_FILE", demo.environment["DEMO_FILE"])
    monkeypatch.delenv("OIDC_ISSUER", raising=False)
    sys.modules.pop("examples.shop.app", None)
    yield importlib.import_module("examples.shop.app")
    sys.modules.pop("examples.shop.app", None)


@pytest.fixture
def browser(shop: ModuleType, demo: RunningDemo) -> FlaskClient:
    """Ben's browser at that shop, signed in."""
    browser: FlaskClient = shop.app.test_client()
    visitor, callback = Visitor(), demo.client("shop")["redirect_uris"][0]
    visitor.open(browser.get("/sign-in").headers["Location"], stop_at=callback)
    answer_pages(visitor, demo.demo["customers"]["ben"], stop_at=callback)
    answer = urlsplit(visitor.last_address)
    assert browser.get(f"{answer.path}?{answer.query}").status_code == 302
    return browser


def _token(shop: ModuleType) -> dict:
    (login,) = shop.app.logins.values()
    return dict(login.token)


def test_an_expired_access_token_is_refreshed_without_the_customer_noticing(shop: ModuleType, browser: FlaskClient):
    (login,) = shop.app.logins.values()
    before = _token(shop)
    login.token["expires_at"] = 0
    assert 'id="sub"' in browser.get("/").text
    after = _token(shop)
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert after["expires_at"] > 0
    assert 'id="sub"' in browser.get("/").text


def test_a_refresh_token_that_is_no_longer_good_ends_the_local_login(shop: ModuleType, browser: FlaskClient):
    (login,) = shop.app.logins.values()
    login.token.update(expires_at=0, refresh_token="stolen-and-replaced")
    assert "You were signed out" in browser.get("/").text
    assert shop.app.logins == {}
