"""`Host`, `Forwarded` and `X-Forwarded-*` change no link, issuer or cookie, on any page, in any mail or token."""

import json
import re
from typing import Any

import pytest
from django.test import Client as HttpClient
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.types import Role
from notifications.queries import list_messages
from sessions_hub.queries import list_live_sessions
from tests.actors import PASSWORD, claims_of, make_client, make_customer, query_of, sign_in
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db
EVIL = "evil.example"
POISON = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Scheme": "https",
    "X-Forwarded-Ssl": "on",
    "X-Forwarded-Port": "6666",
    "X-Forwarded-Prefix": f"/{EVIL}",
    "X-Forwarded-For": f"{EVIL}, 198.51.100.7",
    "X-Real-IP": EVIL,
    "X-Host": EVIL,
    "X-Original-URL": f"https://{EVIL}/",
    "X-Rewrite-URL": f"https://{EVIL}/",
    "X-HTTP-Method-Override": "DELETE",
    "Forwarded": f"for=1.2.3.4;host={EVIL};proto=https",
    "Front-End-Https": "on",
}
#: A name that the gateway does answer to, with a port of somebody's choice.
OTHER_HOST = {**POISON, "Host": "127.0.0.1:6666"}
#: What stands in the place of a part of an address, where "x" could not.
PLACES = {"pk": "1"}
#: Answered before hosts are looked at, for probes that come by address; they hold no link.
PROBES = {"/livez", "/readyz", "/metrics"}
#: Open to this very machine alone; a request that somebody passed on is not from here.
LOCAL = {"/metrics", "/console/design/", "/outbox/"}


def all_addresses(patterns: list[Any] | None = None, before: str = "/") -> list[str]:
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern) != "admin/":
                found += all_addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern) and "^" not in here:
            found.append(re.sub(r"<(?:\w+:)?(\w+)>", lambda place: PLACES.get(place[1], "x"), here))
    return sorted({*found, "/admin/", "/admin/login/", "/nothing-here/", "/api/nothing/"})


@pytest.fixture(params=[0, 1], ids=["no proxy", "one proxy"])
def proxies(request, settings):
    settings.TRUSTED_PROXY_COUNT = request.param


@pytest.fixture
def browsers(call):
    """A stranger, a customer, an operator: each signed in before anything is poisoned."""
    make_client(call)
    return {
        "stranger": HttpClient(),
        "ana": sign_in(make_customer(call)),
        "operator": sign_in_operator(Role.ADMIN, call)[0],
    }


def traces(response) -> str:
    """Everything of an answer in which a poisoned name could stand."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    cookies = response.cookies.output()
    body = b"" if response.streaming else response.content
    return f"{headers}\n{cookies}\n{body.decode(errors='replace')}"


def cookie_shapes(response) -> dict[str, tuple[Any, ...]]:
    return {
        name: (cookie["domain"], cookie["path"], cookie["secure"], cookie["httponly"], cookie["samesite"])
        for name, cookie in response.cookies.items()
    }


@pytest.mark.parametrize("poison", [POISON, OTHER_HOST], ids=["forwarded", "another port"])
def test_no_page_tells_a_poisoned_name(proxies, browsers, poison):
    found = {}
    for who, browser in browsers.items():
        for address in all_addresses():
            poisoned = browser.get(address, headers=poison)
            text = traces(poisoned)
            same = (
                who != "stranger" or address in LOCAL or HttpClient().get(address).status_code == poisoned.status_code
            )
            if EVIL in text or "6666" in text or not same:
                found[who, address] = (poisoned.status_code, poisoned.get("Location"))
            for shape in cookie_shapes(poisoned).values():
                if shape != ("", "/", "", True, "Lax"):
                    found[who, address] = shape
    assert found == {}


def test_a_host_that_is_not_ours_is_refused_everywhere(proxies, browsers):
    for who, browser in browsers.items():
        answers = {
            address: browser.get(address, headers={"Host": EVIL}).status_code
            for address in all_addresses()
            if address not in PROBES
        }
        assert set(answers.values()) == {400}, who


@pytest.mark.parametrize("poison", [POISON, OTHER_HOST], ids=["forwarded", "another port"])
def test_metadata_and_keys_and_the_description_are_the_same_for_everybody(proxies, browsers, poison):
    for address in (
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/oauth/jwks",
        "/api/schema/",
    ):
        clean, poisoned = HttpClient().get(address), HttpClient().get(address, headers=poison)
        assert json.loads(clean.content) == json.loads(poisoned.content)


@pytest.mark.parametrize("poison", [POISON, OTHER_HOST], ids=["forwarded", "another port"])
def test_tokens_and_answers_name_the_one_issuer(proxies, call, poison):
    shop, ana = make_client(call), make_customer(call)
    shop.http = HttpClient(headers=poison)
    browser = HttpClient(headers=poison)
    browser.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    location = browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43))["Location"]
    assert query_of(location)["iss"] == "http://localhost:8000"
    tokens = shop.redeem(query_of(location)["code"], "v" * 43).json()
    assert claims_of(tokens["id_token"])["iss"] == claims_of(tokens["access_token"])["iss"] == "http://localhost:8000"
    assert claims_of(tokens["access_token"])["aud"] == "http://localhost:8000"
    assert shop.introspect(tokens["access_token"])["iss"] == "http://localhost:8000"
    left = browser.get("/oauth/logout", {"id_token_hint": tokens["id_token"]})
    assert EVIL not in traces(left)


def mails_of(browser: HttpClient, account: Any, headers: dict[str, str]) -> list[Any]:
    """Make the gateway write every mail that a visitor of its pages can cause."""
    known, unknown = account.email, "nobody@people.example"
    for address in (known, unknown):
        HttpClient().post("/accounts/signup/", {"email": address, "password1": PASSWORD}, headers=headers)
        HttpClient().post("/accounts/password/reset/", {"email": address}, headers=headers)
        HttpClient().post("/accounts/login/code/", {"email": address}, headers=headers)
    new = "another sentence altogether"
    browser.post("/accounts/email/", {"action_add": "1", "email": "ana.new@people.example"}, headers=headers)
    browser.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}, headers=headers
    )
    return list_messages()


@pytest.mark.parametrize("poison", [POISON, OTHER_HOST], ids=["forwarded", "another port"])
def test_no_mail_holds_a_poisoned_name(proxies, call, browsers, poison):
    ana = make_customer(call, "ben")
    letters = mails_of(sign_in(ana), ana, poison)
    assert len(letters) >= 6
    assert any("http://localhost:8000/" in letter.body for letter in letters)
    for letter in letters:
        text = f"{letter.subject}\n{letter.body}"
        assert EVIL not in text
        assert "6666" not in text
        assert set(re.findall(r"https?://[^/\s]+", text)) <= {"http://localhost:8000"}


def test_a_client_behind_one_proxy_is_at_the_address_the_proxy_saw(call, settings, browsers):
    settings.TRUSTED_PROXY_COUNT = 1
    ana = make_customer(call, "ben")
    browser = HttpClient(headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    browser.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    (state,) = list_live_sessions(subject=ana.sub, now=call.now)
    assert state.address_label == "198.51.100.0/24"
