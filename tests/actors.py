"""Who acts in the tests: customers in a browser, channel apps with their registrations."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client as HttpClient

from accounts.services import register_account
from accounts.types import Kind
from channel_registry.queries import forget_policies, list_channels
from channel_registry.services import create_channel, publish_policy
from keyring.services import ensure_signing_key
from kit import clock
from kit.call import CallContext
from kit.ids import new_secret
from oauth.models import Client
from oauth.services import register_client
from oauth.types import ClientDraft

PASSWORD = "correct horse battery staple"
SHOP_CALLBACK = "https://shop.example/cb"


def by_now(call: CallContext) -> CallContext:
    """The same call at this moment: what it ends was issued before it, however long the test has taken so far."""
    return replace(call, now=clock.now())


def make_customer(call: CallContext, name: str = "ana", *, password: str = PASSWORD) -> Any:
    """A customer with a verified address `<name>@people.example`."""
    return register_account(
        email=f"{name}@people.example",
        password=password,
        name=name.title(),
        kind=Kind.CUSTOMER,
        email_verified=True,
        call=call,
    )


def make_channel(call: CallContext, slug: str = "web") -> None:
    """The channel, once."""
    if slug not in {channel.slug for channel in list_channels()}:
        create_channel(slug=slug, name=slug.title(), call=call)
        forget_policies()


def open_channel(call: CallContext, slug: str, ways_in: Sequence[str], **policy: Any) -> None:
    """The channel, with these ways in open, and what else its policy says."""
    make_channel(call, slug)
    publish_policy(channel=slug, body={"ways_in": list(ways_in), **policy}, call=call)
    forget_policies()


def make_client(call: CallContext, **changes: Any) -> "ChannelApp":
    """A first-party web client called Shop, or what `changes` make of it."""
    draft = ClientDraft(
        **{"name": "Shop", "channel": "web", "redirect_uris": (SHOP_CALLBACK,), "first_party": True, **changes}
    )
    make_channel(call, draft.channel)
    ensure_signing_key(call=call)
    client, secret = register_client(draft=draft, call=call)
    return ChannelApp(client, secret)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class ChannelApp:
    """A channel's software: asks for codes through a browser and redeems them by itself."""

    client: Client
    secret: str
    http: HttpClient = field(default_factory=HttpClient)

    def authorize_parameters(self, verifier: str, **changes: Any) -> dict[str, Any]:
        """What a well-behaved app sends to the authorization endpoint; None drops a parameter."""
        parameters = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uri_list[0],
            "scope": "openid profile email offline_access",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def code_from(self, browser: HttpClient, **changes: Any) -> tuple[str, str]:
        """A code for the person signed in to `browser`, and its verifier."""
        verifier = new_secret()
        response = browser.get("/oauth/authorize", self.authorize_parameters(verifier, **changes))
        assert response.status_code == 303, response.content
        return query_of(response["Location"])["code"], verifier

    def redeem(self, code: str, verifier: str, **changes: Any) -> Any:
        """The token endpoint's response to a code."""
        return self.post(
            "/oauth/token",
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.client.redirect_uri_list[0],
            code_verifier=verifier,
            **changes,
        )

    def refresh(self, refresh_token: str, **changes: Any) -> Any:
        """The token endpoint's response to a refresh token."""
        return self.post("/oauth/token", grant_type="refresh_token", refresh_token=refresh_token, **changes)

    def tokens_for(self, browser: HttpClient, **changes: Any) -> dict[str, Any]:
        """Everything a signed-in person's visit yields."""
        response = self.redeem(*self.code_from(browser, **changes))
        assert response.status_code == 200, response.content
        return dict(response.json())

    def introspect(self, token: str) -> dict[str, Any]:
        """What this app is told about a token."""
        return dict(self.post("/oauth/introspect", token=token).json())

    def post(self, path: str, **fields: Any) -> Any:
        """An authenticated form post; public clients name themselves."""
        headers = {}
        if self.secret:
            pair = base64.b64encode(f"{self.client.client_id}:{self.secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        else:
            fields["client_id"] = self.client.client_id
        return post_form(self.http, path, fields, headers)


def post_form(http: HttpClient, path: str, fields: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """A POST in application/x-www-form-urlencoded, as every OAuth library sends it."""
    return http.post(
        path, urlencode(fields, doseq=True), content_type="application/x-www-form-urlencoded", headers=headers or {}
    )


def sign_in(account: Any, *, password: str = PASSWORD, headers: dict[str, str] | None = None) -> HttpClient:
    """A fresh browser in which this person has signed in through the page."""
    browser = HttpClient(headers=headers)
    response = browser.post("/accounts/login/", {"login": account.email, "password": password})
    assert response.status_code == 302, _errors(response)
    return browser


def claims_of(token: str) -> dict[str, Any]:
    """The payload of a JWT, unverified: for looking at, never for deciding."""
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def query_of(location: str) -> dict[str, str]:
    """The query of a redirect, each parameter once."""
    parsed = parse_qs(urlsplit(location).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in parsed.values()), location
    return {name: values[0] for name, values in parsed.items()}


def _errors(response: Any) -> str:
    return " | ".join(re.findall(r'class="[^"]*error[^"]*"[^>]*>([^<]+)', response.content.decode()))
