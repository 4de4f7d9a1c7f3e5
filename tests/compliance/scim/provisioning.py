"""Systems that keep their people here by SCIM: each with a client and a feed of its own."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as HttpClient

from oauth.services import make_provisioning_token
from sync.services import apply_feeds
from tests.actors import make_client

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SOURCE = "urn:throughline:params:scim:schemas:source:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MEDIA_TYPE = "application/scim+json"

FIELDS = {
    "name": {},
    "given_name": {},
    "family_name": {},
    "email": {"type": "email", "trust": 2},
    "phone": {"type": "phone"},
    "city": {},
    "active": {"type": "flag"},
}


class System:
    """Somebody else's system: its client, its feed, and how it asks."""

    def __init__(self, call: Any, name: str, **feed: Any) -> None:
        self.source = name.lower()
        self.app = make_client(
            call,
            name=name,
            grant_types=("client_credentials",),
            redirect_uris=(),
            scopes=("scim",),
            default_scopes=("scim",),
        )
        body = {"client": self.app.client.client_id, "fields": FIELDS, "links_by": ["sub"], "scim": True, **feed}
        apply_feeds(document={"feeds": {self.source: body}}, call=call)
        self.token = self.app.post("/oauth/token", grant_type="client_credentials").json()["access_token"]

    def keep_token(self, call: Any) -> str:
        """From now on it calls with a token that it keeps for a year; the name of it."""
        ref, self.token = make_provisioning_token(
            client_id=self.app.client.client_id, lifetime=timedelta(days=365), call=call
        )
        return ref

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request; `body` as it is when it is text or bytes. Headers are named with `_` for `-`."""
        named = {"Authorization": f"Bearer {self.token}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        content = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else ""
        content_type = named.pop("Content-Type", MEDIA_TYPE)
        ask = HttpClient(raise_request_exception=False).generic
        return ask(method, f"/scim/v2{path}", content, content_type=content_type, headers=named)

    def create(self, user_name: str = "ana", **said: Any) -> Any:
        """A User; further attributes as they are called on the wire."""
        return self.ask("POST", "/Users", {"schemas": [USER], "userName": user_name, **said})

    def patch(self, id: str, *operations: Any, **headers: str) -> Any:
        """Operations on one."""
        return self.ask("PATCH", f"/Users/{id}", {"schemas": [PATCH], "Operations": list(operations)}, **headers)

    def find(self, **query: Any) -> Any:
        """What a search answers."""
        options = {"headers": {"Authorization": f"Bearer {self.token}"}}
        return HttpClient(raise_request_exception=False).get("/scim/v2/Users", query, **options)  # type: ignore[arg-type]


def refused(answer: Any, status: int, scim_type: str | None = None) -> None:
    """It is an error as RFC 7644 section 3.12 writes it."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == MEDIA_TYPE
    body = answer.json()
    assert (body["schemas"], body["status"]) == ([ERROR], str(status))
    assert body.get("scimType") == scim_type, body
    assert body["detail"]


@pytest.fixture
def crm(call: Any) -> System:
    return System(call, "CRM")
