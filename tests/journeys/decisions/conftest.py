"""Ana at the shop on the web, its back end that asks before it acts, and others who may not."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client as HttpClient

from consent.queries import forget_catalog
from tests.actors import ChannelApp, claims_of, make_client, make_customer, open_channel, sign_in
from tests.services.consent.conftest import Register, fill_catalog

ORDERS = "https://orders.example"
WAYS_IN = ("authorization_code", "refresh_token", "client_credentials")
ACTIONS = {
    "offer.personalize": {"class": "personalize", "purpose": "personalization"},
    "orders.view": {"class": "history"},
    "contact.update": {"class": "change"},
    "account.recover": {"class": "recovery"},
    "store.open": {"class": "static", "conditions": [{"if": {"resource.id": "shop-1"}, "then": "permit"}]},
    "gift.send": {
        "class": "history",
        "conditions": [{"if": {"action.properties.size": "big"}, "then": "review"}],
    },
}


@dataclass
class Visit:
    """A customer signed in at an app: her sub and session."""

    account: Any
    app: ChannelApp
    browser: HttpClient
    sid: str

    @property
    def sub(self) -> str:
        return str(self.account.sub)


@dataclass
class Backend:
    """A client that calls with its own token."""

    app: ChannelApp
    http: HttpClient

    @property
    def bearer(self) -> dict[str, str]:
        token = self.app.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
        return {"Authorization": f"Bearer {token}"}

    def send(self, path: str, body: Any, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(path, json.dumps(body), content_type="application/json", headers={**self.bearer, **named})

    def get(self, path: str) -> Any:
        return self.http.get(path, headers=self.bearer)

    def ask(self, visit: Visit, action: str = "orders.view", *, account: Any = None, **context: Any) -> Any:
        """What it is told about a visit; an answer that is no 200 is an error of the test."""
        answer = self.send("/access/v1/evaluation", question(visit, action, account=account, **context))
        assert answer.status_code == 200, answer.content
        return answer.json()


def question(visit: Visit, action: str = "orders.view", *, account: Any = None, **context: Any) -> dict[str, Any]:
    sub = account.sub if account else visit.sub
    return {
        "subject": {"type": "customer", "id": sub},
        "action": {"name": action},
        "resource": {"type": "account", "id": sub},
        "context": {"sid": visit.sid, **context},
    }


@pytest.fixture
def make_backend(call: Any) -> Callable[..., Backend]:
    def make(**changes: Any) -> Backend:
        draft = {
            "name": "Orders",
            "grant_types": ("client_credentials",),
            "redirect_uris": (),
            "scopes": ("decisions", "explain"),
            "default_scopes": ("decisions", "explain"),
            **changes,
        }
        return Backend(make_client(call, **draft), HttpClient())

    return make


@pytest.fixture
def web(call: Any) -> None:
    open_channel(call, "web", WAYS_IN, actions=ACTIONS)


@pytest.fixture
def shop(call: Any, web: None) -> ChannelApp:
    return make_client(
        call,
        grant_types=WAYS_IN,
        scopes=("openid", "profile", "email", "offline_access", "decisions", "explain"),
        default_scopes=("decisions", "explain"),
        resource_servers=(ORDERS,),
    )


@pytest.fixture
def orders(shop: ChannelApp, make_backend: Callable[..., Backend]) -> Backend:
    """The resource server that the shop's tokens are meant for."""
    return make_backend(resource=ORDERS)


@pytest.fixture
def visit(call: Any, shop: ChannelApp) -> Callable[..., Visit]:
    def begin(name: str = "ana", app: ChannelApp | None = None) -> Visit:
        account = make_customer(call, name)
        browser = sign_in(account)
        at = app or shop
        return Visit(account, at, browser, claims_of(at.tokens_for(browser, scope="openid")["access_token"])["sid"])

    return begin


@pytest.fixture
def ana(visit: Callable[..., Visit]) -> Visit:
    return visit()


@pytest.fixture
def register(call: Any, shop: ChannelApp) -> Register:
    """The registry of consent with its purposes, and the short ways to choose."""
    fill_catalog(call)
    forget_catalog()
    return Register(call)
