"""A provider upstream that a test holds in its hands: real HTTP on loopback, and it says whatever the test wants.

It is honest until told otherwise: `claims`, `header`, `userinfo`, `document` and `token_answer` change what it says,
`forge` changes how its ID tokens are signed.
"""

import base64
import contextlib
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client
from joserfc import jws
from joserfc.jwk import ECKey

from accounts import services
from accounts.types import ProviderDraft
from accounts.upstream.metadata import forget_documents
from kit.call import CallContext
from tests.actors import query_of

CLIENT_ID, CLIENT_SECRET = "gateway", "upstream-secret-1"


@dataclass
class Upstream:
    """One provider; `person` is whom it signs in."""

    slug: str = "acme"
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "u-1", "email": "carla@people.example", "email_verified": True, "name": "Carla"}
    )
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    token_answer: tuple[int, str, bytes] | None = None
    forge: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    asked: list[str] = field(default_factory=list)
    issuer: str = ""

    def __post_init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
        self._codes: dict[str, dict[str, str]] = {}

    @property
    def title(self) -> str:
        """What its button says."""
        return self.slug.title()

    def sign_in(self, there: str) -> dict[str, str]:
        """What the person does over there: the parameters she is sent back with."""
        asked = query_of(there)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def answer(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """One HTTP answer: status, content type, body; of a redirect the address stands in the place of the type."""
        path = urlsplit(target).path
        self.asked.append(path)
        if path == "/authorize":  # a provider that knows its person already, and sends her on to a second host first
            return 302, f"{self.issuer.replace('127.0.0.1', 'localhost')}/on?{urlsplit(target).query}", b""
        if path == "/on":
            asked = query_of(target)
            return 302, f"{asked['redirect_uri']}?{urlencode(self.sign_in(target))}", b""
        if path == "/.well-known/openid-configuration":
            return _json(self._document())
        if path == "/jwks":
            return _json({"keys": [self.key.as_dict(private=False)]})
        if path == "/userinfo" and headers.get("authorization") == "Bearer at-1":
            return _json(self.userinfo if self.userinfo is not None else self.person)
        if path == "/token" and method == "POST":
            return self.token_answer or self._redeem(body, headers)
        return 404, "text/plain", b"?"

    def _document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
            **self.document,
        }

    def _redeem(self, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        asked = self._codes.pop(fields.get("code", ""), None)
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if headers.get("authorization") != f"Basic {pair}":
            return _json({"error": "invalid_client"}, 401)
        challenge = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        if asked is None or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]:
            return _json({"error": "invalid_grant"}, 400)
        if fields["redirect_uri"] != asked["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        return _json({"access_token": "at-1", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])})

    def id_token(self, nonce: str) -> str:
        """An ID token for the person, changed as the test wants it."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": self.person["sub"],
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": nonce,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": "k1", **self.header}
        header = {name: value for name, value in header.items() if value is not None}
        return self.forge(header, claims) if self.forge else sign(header, claims, self.key)


def _json(value: Any, status: int = 200) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(value).encode()


def sign(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """A signed token with exactly this header."""
    registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    return str(jws.serialize_compact(header, json.dumps(claims).encode(), key, registry=registry))


def encode(part: dict[str, Any]) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@contextlib.contextmanager
def serve(upstream: Upstream) -> Iterator[Upstream]:
    """Let a provider listen on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, kind, content = upstream.answer(self.command, self.path, body, headers)
            self.send_response(status)
            self.send_header("Location" if status == 302 else "Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            """Tests look at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    upstream.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
        forget_documents()


def configure(upstream: Upstream, call: CallContext, *, enabled: bool = True, **changes: Any) -> None:
    """Write the provider down at the gateway, as its operator would."""
    draft = ProviderDraft(
        **{
            "name": upstream.title,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "scopes": ("openid", "email", "profile"),
            "channels": (),
            **changes,
        }
    )
    services.create_provider(slug=upstream.slug, issuer=upstream.issuer, draft=draft, call=call)
    if enabled:
        services.enable_provider(slug=upstream.slug, call=call)


def leave_for(browser: Client, upstream: Upstream, **fields: str) -> str:
    """Press the provider's button; the address the browser is sent to."""
    response = browser.post(f"/accounts/upstream/{upstream.slug}/login/", fields)
    assert response.status_code == 200, response.content
    found = re.search(r'id="go-on" href="([^"]+)"', response.content.decode())
    assert found, response.content
    return found[1].replace("&amp;", "&")


def come_back(browser: Client, upstream: Upstream, parameters: dict[str, str], **rest: Any) -> Any:
    """Arrive at the callback."""
    return browser.get(f"/accounts/upstream/{upstream.slug}/callback/", parameters, **rest)


def go_round(browser: Client, upstream: Upstream, *, follow: bool = True, **fields: str) -> Any:
    """The whole visit: out, sign in there, back."""
    there = leave_for(browser, upstream, **fields)
    return come_back(browser, upstream, upstream.sign_in(there), follow=follow)
