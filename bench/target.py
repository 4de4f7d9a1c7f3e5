"""What the load needs to know of a server: where its endpoints are, and who may call them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

REDIRECT_URI = "http://127.0.0.1:9999/cb"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in through a form."""

    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Target:
    """A running server, set up with one confidential client and, where it has a sign-in form, with people.

    `machine` is another client for client credentials, where one cannot have both; `form` is what their form says more.
    `takes_over` is a client of another channel that redeems handoff tickets, `parties` are relying parties that want to
    hear of sessions that end, each with its secret. `env` is the server's environment, for what runs beside it.
    `subjects` is how many customers its register of consent holds.
    """

    port: int
    client_id: str
    client_secret: str
    paths: Mapping[str, str]
    scope: str = "openid profile email offline_access"
    people: tuple[Person, ...] = ()
    login_fields: tuple[str, str] = ("login", "password")
    form: Mapping[str, str] = field(default_factory=dict)
    machine: tuple[str, str] | None = None
    takes_over: tuple[str, str] | None = None
    parties: tuple[tuple[str, str], ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    subjects: int = 0

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect."""
        return ("127.0.0.1", self.port)

    @property
    def origin(self) -> str:
        """How the server calls itself."""
        return f"http://localhost:{self.port}"

    @property
    def basic(self) -> str:
        """The client's Authorization header."""
        return _basic(self.client_id, self.client_secret)

    @property
    def machine_basic(self) -> str:
        """The Authorization header for client credentials."""
        return _basic(*(self.machine or (self.client_id, self.client_secret)))

    def get(self, path: str, **headers: str) -> bytes:
        """The bytes of a GET."""
        return self._request("GET", path, b"", headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> bytes:
        """The bytes of a form post."""
        return self._request(
            "POST",
            path,
            urlencode(fields).encode(),
            {"content_type": "application/x-www-form-urlencoded", **headers},
        )

    def post_json(self, path: str, body: Mapping[str, Any], **headers: str) -> bytes:
        """The bytes of a POST of JSON."""
        content = json.dumps(body).encode()
        return self._request("POST", path, content, {"content_type": "application/json", **headers})

    def delete(self, path: str, **headers: str) -> bytes:
        """The bytes of a DELETE."""
        return self._request("DELETE", path, b"", headers)

    def as_client(self, client: tuple[str, str]) -> "Target":
        """The same server for another of its clients."""
        return replace(self, client_id=client[0], client_secret=client[1])

    def path_of(self, location: str) -> str:
        """A redirect's location on this server, as a path."""
        parts = urlsplit(location)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self.port}"]
        lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items() if value]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode() + body


def _basic(client_id: str, secret: str) -> str:
    """RFC 6749 section 2.3.1: both halves are form-urlencoded before they are joined."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
