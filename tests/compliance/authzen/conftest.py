"""The fixture of the published certification scenario (section 1) as a channel's policy, and a client that asks."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client as HttpClient

from tests.actors import make_client, open_channel

FIXTURE = {
    "read": {"class": "static", "conditions": [{"if": {"subject.id": ["alice", "bob"]}, "then": "permit"}]},
    "write": {
        "class": "static",
        "conditions": [
            {
                "if": {"resource.properties.status": "archived", "subject.properties.role": "admin"},
                "then": "permit",
            },
            {"if": {"resource.properties.status": "archived"}, "then": "refuse"},
            {"if": {"subject.id": "alice"}, "then": "permit"},
        ],
    },
    "delete": {
        "class": "static",
        "conditions": [{"if": {"subject.id": "alice", "action.properties.soft": True}, "then": "permit"}],
    },
}


@dataclass
class Asker:
    """A policy enforcement point: sends JSON with its own token."""

    token: str
    http: HttpClient = field(default_factory=HttpClient)

    def send(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        said = {
            "Authorization": f"Bearer {self.token}",
            **{key.replace("_", "-"): each for key, each in headers.items()},
        }
        return self.http.post(path, content, content_type=content_type, headers=said)

    def ask(self, body: Any, **headers: str) -> Any:
        return self.send("/access/v1/evaluation", body, **headers)

    def ask_all(self, body: Any, **headers: str) -> Any:
        return self.send("/access/v1/evaluations", body, **headers)


@pytest.fixture
def make_asker(call: Any) -> Callable[..., Asker]:
    def make(**changes: Any) -> Asker:
        app = make_client(
            call,
            **{
                "name": "Orders",
                "grant_types": ("client_credentials",),
                "redirect_uris": (),
                "scopes": ("decisions",),
                "default_scopes": ("decisions",),
                **changes,
            },
        )
        return Asker(app.post("/oauth/token", grant_type="client_credentials").json()["access_token"])

    return make


@pytest.fixture
def asker(call: Any, make_asker: Callable[..., Asker]) -> Asker:
    open_channel(call, "web", ("authorization_code", "refresh_token", "client_credentials"), actions=FIXTURE)
    return make_asker()
