"""What every answer says to a browser, whoever gives it, over http on localhost and over https in production."""

import re
from collections.abc import Iterator, Mapping

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

from tests.operations.production_house import Browser, ProductionHouse

BESIDES = ("/static/portal/nothing.css", "/nowhere", "/accounts/login/?next=%00", "/admin/nowhere/")


def every_path() -> list[str]:
    """A concrete path for each pattern of the gateway, and some that nothing matches."""
    patterns = sorted(set(_walk(get_resolver(), "")))
    paths = []
    for pattern in patterns:
        form, names = normalize(pattern)[0]
        paths.append("/" + form % dict.fromkeys(names, "1"))
    return [*paths, *BESIDES]


def _walk(resolver: URLResolver, before: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        regex = before + re.sub(r"^\^", "", each.pattern.regex.pattern).replace(r"\Z", "").replace(r"\z", "")
        if isinstance(each, URLPattern):
            yield regex
        else:
            yield from _walk(each, regex)


PATHS = every_path()


def faults(headers: Mapping[str, str], *, https: bool) -> list[str]:
    """What is missing or loose in the headers of one answer."""
    policy = headers.get("Content-Security-Policy", "")
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    found = [name for name, value in wanted.items() if headers.get(name) != value]
    found += [
        word for word in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'") if word not in policy
    ]
    found += [word for word in ("unsafe-inline", "unsafe-eval", "*") if word in policy]
    if headers.get("Referrer-Policy") not in ("same-origin", "no-referrer", "strict-origin"):
        found.append("Referrer-Policy")
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        found.append("Permissions-Policy")
    if ("Strict-Transport-Security" in headers) is not https:
        found.append("Strict-Transport-Security")
    if "X-Request-ID" not in headers:
        found.append("X-Request-ID")
    return found


def test_there_are_many_paths_and_the_known_ones_are_among_them():
    assert len(PATHS) > 40
    assert {"/livez", "/metrics", "/oauth/token", "/accounts/login/", "/admin/", "/"} <= set(PATHS)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_over_http_every_answer_is_guarded(path: str, client: Client):
    answer = client.get(path)
    assert answer.status_code < 500 or path == "/readyz"
    assert faults(answer.headers, https=False) == []


@pytest.fixture(scope="module")
def stranger(production_database: ProductionHouse) -> Iterator[Browser]:
    """Somebody who is not signed in, at a house in production mode."""
    production_database.start_web()
    yield Browser(production_database)
    production_database.stop_all()


@pytest.mark.servers
@pytest.mark.parametrize("path", PATHS)
def test_over_https_every_answer_is_guarded(path: str, stranger: Browser):
    for method in ("GET", "POST"):
        answer = stranger.go(method, path)
        assert answer.status_code < 500
        assert faults(answer.headers, https=True) == []


@pytest.mark.servers
def test_a_foreign_host_is_refused_with_the_same_headers(stranger: Browser):
    answer = stranger.go("GET", "/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert faults(answer.headers, https=True) == []


@pytest.mark.servers
@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_answer_whatever_host_they_name(path: str, stranger: Browser):
    assert stranger.go("GET", path, headers={"Host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.servers
def test_over_https_every_cookie_is_bound_and_closed(stranger: Browser):
    assert stranger.set_cookies
    for each in stranger.set_cookies:
        assert each.startswith("__Host-"), each
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= {word.strip().lower() for word in each.split(";")}


@pytest.mark.django_db
def test_over_http_cookies_are_unprefixed_and_still_closed_to_scripts(client: Client):
    answer = client.get("/accounts/login/")
    assert answer.cookies
    for name, cookie in answer.cookies.items():
        assert not name.startswith("__Host-")
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["secure"]
