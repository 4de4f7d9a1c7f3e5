"""Ana at the shop, the shop's own token and the orders API's, Ben who is somebody else, and a catalog of purposes."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client as HttpClient

from tests.actors import ChannelApp, claims_of, make_client, make_customer, open_channel, sign_in
from tests.services.consent.conftest import NOTICE, fill_catalog

ORDERS = "https://orders.example"
WAYS_IN = ("authorization_code", "refresh_token", "client_credentials")
SHOWN = {"id": NOTICE.id, "version": NOTICE.version, "language": NOTICE.language}
_numbers = itertools.count()


@dataclass
class Speaker:
    """Somebody with an access token."""

    token: str
    http: HttpClient = field(default_factory=HttpClient)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, path: str, body: Any) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.http.post(f"/api/consent/{path}", text, content_type="application/json", headers=self.bearer)

    def get(self, path: str = "", **query: str) -> Any:
        return self.http.get(f"/api/consent/{path}", query, headers=self.bearer)

    def choose(self, subject: str, /, action: str = "grant", purpose: str = "marketing.email", **more: Any) -> Any:
        return self.send("events", choice(subject, action, purpose, **more))

    def ask(self, subject: str, purpose: str = "marketing.email", **more: Any) -> Any:
        answer = self.send("check", {"items": [{"subject": subject, "purpose": purpose, "channel": "web", **more}]})
        assert answer.status_code == 200, answer.content
        return answer.json()["results"][0]


def choice(subject: str, /, action: str = "grant", purpose: str = "marketing.email", **more: Any) -> dict[str, Any]:
    """A choice as a well-behaved app sends it; None leaves a field out."""
    said = {
        "event_id": f"choice-{next(_numbers)}",
        "subject": subject,
        "purpose": purpose,
        "action": action,
        "channel": "web",
        **({"notice": SHOWN} if action == "grant" else {}),
        **more,
    }
    return {name: value for name, value in said.items() if value is not None}


@dataclass
class Person:
    """A customer signed in at an app: her sub, session, browser, and her own token."""

    account: Any
    browser: HttpClient
    own: Speaker
    sid: str

    @property
    def sub(self) -> str:
        return str(self.account.sub)


@pytest.fixture
def catalog(call: Any, db: None) -> None:
    open_channel(call, "web", WAYS_IN)
    open_channel(call, "mobile", WAYS_IN)
    fill_catalog(call)


@pytest.fixture
def shop(call: Any, catalog: None) -> ChannelApp:
    return make_client(
        call,
        grant_types=WAYS_IN,
        scopes=("openid", "profile", "email", "offline_access", "consent.read", "consent.write"),
        default_scopes=("consent.read", "consent.write"),
        resource_servers=(ORDERS,),
    )


def own_token(app: ChannelApp, scope: str | None = None) -> str:
    """What a client gets for itself."""
    more = {"scope": scope} if scope else {}
    return str(app.post("/oauth/token", grant_type="client_credentials", **more).json()["access_token"])


@pytest.fixture
def backend(shop: ChannelApp) -> Speaker:
    """The shop with its own token."""
    return Speaker(own_token(shop))


@pytest.fixture
def make_backend(call: Any, catalog: None) -> Callable[..., Speaker]:
    """Another client with its own token."""

    def make(**changes: Any) -> Speaker:
        draft = {
            "name": "Other",
            "grant_types": ("client_credentials",),
            "redirect_uris": (),
            "scopes": ("consent.read", "consent.write"),
            "default_scopes": ("consent.read", "consent.write"),
            **changes,
        }
        return Speaker(own_token(make_client(call, **draft)))

    return make


@pytest.fixture
def person(call: Any, shop: ChannelApp) -> Callable[..., Person]:
    def come(name: str = "ana", app: ChannelApp | None = None, **parameters: Any) -> Person:
        account = make_customer(call, name)
        browser = sign_in(account)
        tokens = (app or shop).tokens_for(browser, **parameters)
        return Person(account, browser, Speaker(tokens["access_token"]), claims_of(tokens["access_token"])["sid"])

    return come


@pytest.fixture
def ana(person: Callable[..., Person]) -> Person:
    return person("ana")


@pytest.fixture
def ben(person: Callable[..., Person]) -> Person:
    return person("ben")
