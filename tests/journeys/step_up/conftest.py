"""Ana with an authenticator app, Ben without: both signed in to the house's app on the phone."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as HttpClient

from accounts.services import enroll_totp
from kit.call import CallContext
from tests.actors import ChannelApp, claims_of, make_client, make_customer, open_channel, sign_in
from tests.journeys.people import totp

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TWO = "urn:throughline:2fa"
ACTIONS = {"contact.update": {"class": "change"}, "orders.view": {"class": "history"}}


@dataclass
class Phone:
    """The app on a customer's phone, with her tokens."""

    account: Any
    app: ChannelApp
    browser: HttpClient
    tokens: dict[str, Any]

    @property
    def claims(self) -> dict[str, Any]:
        return claims_of(self.tokens["access_token"])

    def send(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        bearer = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        http = HttpClient(headers=bearer)
        content = json.dumps(body) if body is not None else ""
        return http.generic(method, f"/api/step-up/{path}", content, content_type="application/json")

    def begin(self, **wanted: Any) -> dict[str, Any]:
        answer = self.send("", wanted)
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    def prove(self, begun: dict[str, Any], method: str, value: str) -> Any:
        return self.send(f"{begun['id']}/proof/", {"method": method, "value": value})

    def refresh(self) -> None:
        answer = self.app.refresh(self.tokens["refresh_token"])
        assert answer.status_code == 200, answer.content
        self.tokens = answer.json()


@pytest.fixture(autouse=True)
def _fresh_throttles() -> None:
    cache.clear()


@pytest.fixture
def mobile(db: None, call: CallContext) -> ChannelApp:
    ways_in = ("authorization_code", "refresh_token", "client_credentials")
    open_channel(call, "mobile", ways_in, actions=ACTIONS)
    return make_client(call, name="App", channel="mobile")


@pytest.fixture
def phone_of(mobile: ChannelApp) -> Callable[[Any], Phone]:
    def open_app(account: Any, browser: HttpClient | None = None) -> Phone:
        browser = browser or sign_in(account)
        return Phone(account, mobile, browser, mobile.tokens_for(browser))

    return open_app


@pytest.fixture
def ben(mobile: ChannelApp, call: CallContext) -> Any:
    """A customer with a password and a mailbox."""
    make_client(call, name="Web")  # the channel that people sign in on
    return make_customer(call, "ben")


@pytest.fixture
def phone(ben: Any, call: CallContext, phone_of: Callable[[Any], Phone]) -> Phone:
    """Ana's."""
    ana = make_customer(call, "ana")
    browser, ana.second_browser = sign_in(ana), sign_in(ana)
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    return phone_of(ana, browser)  # type: ignore[call-arg]


@pytest.fixture
def app_code() -> Callable[[], str]:
    """What Ana's authenticator app shows; a code works once, so tests forget what was used."""

    def show() -> str:
        cache.clear()
        return totp(SECRET)

    return show
