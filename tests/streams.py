"""Receivers and transmitters of shared signals: they speak HTTP and verify with a JOSE library of their own."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client as HttpClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from kit.call import CallContext
from tests.actors import ChannelApp, make_channel, make_client, open_channel

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
ISSUER = "http://localhost:8000"
WAYS_IN = ("authorization_code", "refresh_token", "client_credentials")


@dataclass
class Receiver:
    """A client that keeps streams: it knows the transmitter's metadata and has a token of its own."""

    app: ChannelApp
    token: str
    http: HttpClient = field(default_factory=HttpClient)

    @property
    def client_id(self) -> str:
        return self.app.client.client_id

    def metadata(self) -> dict[str, Any]:
        return dict(self.http.get("/.well-known/ssf-configuration").json())

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """A request with the client's token; `path` is an endpoint of the metadata or a path."""
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        url = path.removeprefix(ISSUER) + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")
        call = getattr(self.http, method)
        return call(url, **content, headers={"Authorization": f"Bearer {self.token}"})

    def create(self, **said: Any) -> dict[str, Any]:
        """A stream; by default one that is fetched, with every event."""
        response = self.ask("post", "/ssf/streams", said)
        assert response.status_code == 201, response.content
        return dict(response.json())

    def poll(self, stream: dict[str, Any], **said: Any) -> dict[str, Any]:
        response = self.ask("post", stream["delivery"]["endpoint_url"], {"returnImmediately": True, **said})
        assert response.status_code == 200, response.content
        return dict(response.json())

    def fetch(self, stream: dict[str, Any]) -> list[dict[str, Any]]:
        """Everything that waits, acknowledged as it comes: the verified claims, in order."""
        found: list[dict[str, Any]] = []
        ack: list[str] = []
        while True:
            answer = self.poll(stream, ack=ack)
            found += [self.verify(token) for token in answer["sets"].values()]
            ack = list(answer["sets"])
            if not ack:
                return found

    def verify(self, token: str) -> dict[str, Any]:
        """The claims, by the published keys."""
        return dict(self.read(token).claims)

    def read(self, token: str) -> Any:
        keys = KeySet.import_key_set(self.http.get("/oauth/jwks").json())
        return jwt.decode(token, keys, algorithms=["ES256", "RS256"])


@pytest.fixture
def receive(call: CallContext) -> Any:
    """Make a receiver."""

    def make(name: str = "Fraud desk", scopes: tuple[str, ...] = ("ssf",), **changes: Any) -> Receiver:
        open_channel(call, "web", WAYS_IN)
        app = make_client(
            call,
            name=name,
            grant_types=("client_credentials",),
            redirect_uris=(),
            scopes=scopes,
            default_scopes=scopes,
            **changes,
        )
        token = app.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
        return Receiver(app, token)

    return make


@pytest.fixture
def desk(receive: Any) -> Receiver:
    return receive()


@dataclass
class Bank:
    """A transmitter that an operator named: it signs by its own key."""

    issuer: str = "https://bank.example"
    audience: str = ISSUER
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "b1", "use": "sig", "alg": "ES256"}))
    http: HttpClient = field(default_factory=HttpClient)

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def claims(self, uri: str, subject: dict[str, Any], payload: dict[str, Any] | None = None, **changed: Any) -> Any:
        said = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": int(time.time()),
            "jti": f"jti-{time.monotonic_ns()}",
            "sub_id": subject,
            "events": {uri: payload or {}},
            **changed,
        }
        return {name: value for name, value in said.items() if value is not None}

    def sign(self, claims: dict[str, Any], key: Any = None, **header: Any) -> str:
        said = {"alg": "ES256", "kid": "b1", "typ": "secevent+jwt", **header}
        return str(jwt.encode(said, claims, key or self.key, algorithms=[said["alg"]]))

    def push(self, token: str, content_type: str = "application/secevent+jwt") -> Any:
        return HttpClient().post("/ssf/events", token, content_type=content_type)

    def tell(self, uri: str, subject: dict[str, Any], payload: dict[str, Any] | None = None, **changed: Any) -> Any:
        return self.push(self.sign(self.claims(uri, subject, payload, **changed)))


@pytest.fixture
def bank(call: CallContext) -> Bank:
    from sync.services import apply_transmitters

    made = Bank()
    make_channel(call)
    entry = {"name": "Bank", "issuer": made.issuer, "jwks": made.jwks, "may": ["risk", "sessions"], "by_email": True}
    apply_transmitters(document={"transmitters": {"bank": entry}}, call=call)
    return made


def iss_sub(account: Any, issuer: str = ISSUER) -> dict[str, str]:
    return {"format": "iss_sub", "iss": issuer, "sub": account.sub}
