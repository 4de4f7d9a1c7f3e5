"""RFC 9700 section 2.1 and RFC 8252 section 7.3: redirect URIs are compared byte by byte, for every kind of client.

What is not registered gets a page and no redirect, whatever else the request says.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.actors import make_client, make_customer, post_form, query_of, sign_in

pytestmark = pytest.mark.django_db

CLIENTS: dict[str, dict[str, Any]] = {
    "web": {"redirect_uris": ("https://shop.example/cb",)},
    "spa": {"client_type": "public", "redirect_uris": ("https://app.example/callback?mode=spa",)},
    "native": {
        "client_type": "public",
        "application_type": "native",
        "redirect_uris": ("http://127.0.0.1:8400/cb", "com.example.app:/cb"),
    },
}


def _host(uri: str) -> str:
    return uri.split("/")[2]


def _path(uri: str) -> str:
    return "/" + uri.split("/", 3)[3]


def _with_host(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda uri: uri.replace(_host(uri), change(_host(uri)), 1)


MUTATIONS: dict[str, Callable[[str], str]] = {
    "nothing": lambda uri: "",
    "slash at the end": lambda uri: uri + "/",
    "last letter missing": lambda uri: uri[:-1],
    "one letter more": lambda uri: uri + "x",
    "parameter": lambda uri: uri + ("&" if "?" in uri else "?") + "x=1",
    "empty parameter": lambda uri: uri + ("&" if "?" in uri else "?"),
    "empty fragment": lambda uri: uri + "#",
    "fragment": lambda uri: uri + "#x",
    "scheme in capitals": lambda uri: uri.replace("http", "HTTP", 1),
    "the other scheme": lambda uri: "http" + uri[5:] if uri.startswith("https") else "https" + uri[4:],
    "another scheme": lambda uri: "ftp" + uri[uri.index(":") :],
    "no scheme": lambda uri: uri[uri.index("//") :],
    "only the path": _path,
    "host in capitals": lambda uri: uri.replace("example", "EXAMPLE", 1).replace("127.0.0.1", "LOCALHOST", 1),
    "dot after the host": _with_host(lambda host: host.replace(":8400", "") + "."),
    "port written out": _with_host(lambda host: host if ":" in host else host + ":443"),
    "no port but a colon": _with_host(lambda host: host.partition(":")[0] + ":"),
    "port too high": _with_host(lambda host: host.partition(":")[0] + ":99999"),
    "port that is no number": _with_host(lambda host: host.partition(":")[0] + ":https"),
    "user name": _with_host(lambda host: "ana@" + host),
    "host as user name": _with_host(lambda host: host + "@evil.example"),
    "host as user name with port": _with_host(lambda host: host.partition(":")[0] + ":443@evil.example"),
    "host before another": _with_host(lambda host: host + ".evil.example"),
    "host glued to another": _with_host(lambda host: "evil" + host),
    "host under it": _with_host(lambda host: "x." + host),
    "another loopback name": _with_host(lambda _: "localhost:8400"),
    "loopback in other words": _with_host(lambda _: "127.1:8400"),
    "loopback in version 6": _with_host(lambda _: "[::1]:8400"),
    "the next address": _with_host(lambda _: "127.0.0.2:8400"),
    "letter in the host that only looks alike": _with_host(lambda host: host.replace("e", "\u0435").replace("1", "l")),
    "dot in the host that only looks alike": _with_host(lambda host: host.replace(".", "\u3002")),
    "backslash before another host": _with_host(lambda host: host + "\\@evil.example"),
    "up and down in the path": lambda uri: uri.replace(_path(uri), "/x/.." + _path(uri)),
    "dot in the path": lambda uri: uri.replace(_path(uri), "/." + _path(uri)),
    "two slashes": lambda uri: uri.replace(_path(uri), "/" + _path(uri)),
    "path in capitals": lambda uri: uri.replace(_path(uri), _path(uri).upper()),
    "letter in percent encoding": lambda uri: uri.replace("/c", "/%63"),
    "path parameter": lambda uri: uri.replace("b", "b;x=1", 1) if "/cb" in uri else uri.replace("k?", "k;x=1?"),
    "space before": lambda uri: " " + uri,
    "space after": lambda uri: uri + " ",
    "tab inside": lambda uri: uri.replace("://", ":\t//"),
    "line break after": lambda uri: uri + "\r\nSet-Cookie: a=b",
    "NUL after": lambda uri: uri + "\x00",
    "invisible letter": lambda uri: uri + "\u200b",
    "letters turned around": lambda uri: uri + "\u202e",
    "both in one": lambda uri: f"{uri} https://evil.example/",
    "inside another": lambda uri: f"https://evil.example/?{uri}",
    "script": lambda _: "javascript:alert(1)//",
    "data": lambda _: "data:text/html,<script>alert(1)</script>",
    "longer than any": lambda uri: uri + "?" + "x" * 9000,
    "own scheme of somebody else": lambda _: "com.example.apps:/cb",
    "own scheme with a host": lambda _: "com.example.app://cb",
    "own scheme in capitals": lambda _: "COM.EXAMPLE.APP:/cb",
}


def open_browser(call, client):
    return client, sign_in(make_customer(call))


def test_the_corpus_has_at_least_40_mutations_that_change_something():
    for registered in ("https://shop.example/cb", "https://app.example/callback?mode=spa", "http://127.0.0.1:8400/cb"):
        changed = {mutate(registered) for mutate in MUTATIONS.values()} - {registered}
        assert len(changed) >= 40


@pytest.mark.parametrize("prompt", [None, "none"])
@pytest.mark.parametrize("kind", CLIENTS)
def test_whatever_is_not_registered_gets_a_page_and_never_a_redirect(call, kind, prompt):
    app, browser = open_browser(call, make_client(call, **CLIENTS[kind]))
    registered = app.client.redirect_uri_list[0]
    let_in = {}
    for name, mutate in MUTATIONS.items():
        if (presented := mutate(registered)) == registered:
            continue
        parameters = app.authorize_parameters("v" * 43, redirect_uri=presented, prompt=prompt)
        for method, answer in (
            ("GET", browser.get("/oauth/authorize", parameters)),
            ("POST", post_form(browser, "/oauth/authorize", parameters)),
        ):
            if answer.status_code != 400 or "Location" in answer or b"evil.example" in answer.content:
                let_in[f"{name} by {method}"] = (presented, answer.status_code, answer.get("Location"))
    assert let_in == {}


@pytest.mark.parametrize("prompt", [None, "none"])
@pytest.mark.parametrize("kind", CLIENTS)
def test_every_registered_address_is_gone_to_as_it_stands(call, kind, prompt):
    app, browser = open_browser(call, make_client(call, **CLIENTS[kind]))
    for registered in app.client.redirect_uri_list:
        parameters = app.authorize_parameters("v" * 43, redirect_uri=registered, prompt=prompt)
        location = browser.get("/oauth/authorize", parameters)["Location"]
        assert location.startswith(registered)
        assert "code" in query_of(location)


@pytest.mark.parametrize("port", ["", ":1", ":51004", ":65535"])
def test_a_native_client_may_be_at_any_loopback_port_and_redeems_for_that_one_only(call, port):
    app, browser = open_browser(call, make_client(call, **CLIENTS["native"]))
    here = f"http://127.0.0.1{port}/cb"
    location = browser.get("/oauth/authorize", app.authorize_parameters("v" * 43, redirect_uri=here))["Location"]
    assert location.startswith(here + "?")
    fields = {"grant_type": "authorization_code", "code": query_of(location)["code"], "code_verifier": "v" * 43}
    assert (
        app.post("/oauth/token", **fields, redirect_uri="http://127.0.0.1:8400/cb").json()["error"] == "invalid_grant"
    )
    assert app.post("/oauth/token", **fields, redirect_uri=here).status_code == 200


@pytest.mark.parametrize("kind", ["web", "spa"])
def test_a_loopback_port_is_not_free_for_clients_of_the_web(call, kind):
    changes = {**CLIENTS[kind], "redirect_uris": ("http://127.0.0.1:8400/cb",)}
    app, browser = open_browser(call, make_client(call, **changes))
    parameters = app.authorize_parameters("v" * 43, redirect_uri="http://127.0.0.1:8401/cb")
    assert browser.get("/oauth/authorize", parameters).status_code == 400


@pytest.mark.parametrize("prompt", [None, "none"])
@pytest.mark.parametrize("client_id", ["nobody", "", None, "\x00", "x" * 300])
def test_an_unknown_client_gets_a_page_and_never_a_redirect(call, client_id, prompt):
    app, browser = open_browser(call, make_client(call))
    answer = browser.get("/oauth/authorize", app.authorize_parameters("v" * 43, client_id=client_id, prompt=prompt))
    assert answer.status_code == 400
    assert "Location" not in answer
