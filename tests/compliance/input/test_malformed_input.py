"""What no well-behaved client sends gets an answer of the 400s from every OAuth endpoint, by every method it takes."""

import pytest
from django.urls import get_resolver

from tests.actors import make_client, make_customer, sign_in

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"

ENDPOINTS = {
    "oauth/authorize": ("GET", "POST"),
    "oauth/authorize/<str:uid>": ("GET", "POST"),
    "oauth/token": ("POST",),
    "oauth/device_authorization": ("POST",),
    "oauth/device": ("GET", "POST"),
    "oauth/bc-authorize": ("POST",),
    "oauth/introspect": ("POST",),
    "oauth/revoke": ("POST",),
    "oauth/userinfo": ("GET", "POST"),
    "oauth/logout": ("GET", "POST"),
    "oauth/jwks": ("GET",),
    ".well-known/openid-configuration": ("GET",),
    ".well-known/oauth-authorization-server": ("GET",),
}
#: These read the parameters of a request, so anything malformed in them is a 400.
READING = {
    *("oauth/authorize", "oauth/token", "oauth/introspect", "oauth/revoke", "oauth/logout"),
    *("oauth/device_authorization", "oauth/device", "oauth/bc-authorize"),
}
DOORS = [(path, method) for path, methods in ENDPOINTS.items() for method in methods]
READING_DOORS = [door for door in DOORS if door[0] in READING]

#: Names that the endpoints read, so that what is wrong stands where it is looked at.
NAMES = ("client_id", "redirect_uri", "state", "scope", "token", "id_token_hint", "resource", "unheard_of")
MALFORMED = {
    "twice": lambda name: f"{name}=a&{name}=b".encode(),
    "twice in other spelling": lambda name: f"{name}=a&%{ord(name[0]):02x}{name[1:]}=b".encode(),
    "NUL": lambda name: f"{name}=a%00b".encode(),
    "NUL in the name": lambda name: f"{name}%00=a".encode(),
    "NUL as it is": lambda name: f"{name}=a\x00b".encode(),
    "broken UTF-8": lambda name: f"{name}=%ff%fe".encode(),
    "broken UTF-8 as it is": lambda name: f"{name}=".encode() + b"\xff\xfe",
    "half a pair": lambda name: f"{name}=%ed%a0%80".encode(),
    "overlong": lambda name: f"{name}=%c0%af".encode(),
    "10 kB": lambda name: f"{name}=".encode() + b"x" * 10_240,
    "10 kB in the name": lambda name: name.encode() + b"x" * 10_240 + b"=a",
    "200 parameters": lambda name: "&".join(f"{name}{number}=1" for number in range(200)).encode(),
}
#: RFC 8707 lets `resource` stand more than once.
MAY_STAND_TWICE = {"resource"}


@pytest.fixture
def browser(call):
    make_client(call)
    return sign_in(make_customer(call))


def send(browser, path, method, encoded):
    address = "/" + path.replace("<str:uid>", "no-such-request")
    if method == "GET":
        return browser.generic("GET", address, QUERY_STRING=encoded.decode("latin-1"))
    return browser.post(address, encoded, content_type=FORM)


def test_no_endpoint_is_left_out_of_these_tests():
    resolver = next(each for each in get_resolver().url_patterns if getattr(each, "app_name", "") == "oauth")
    assert {str(each.pattern) for each in resolver.url_patterns} == set(ENDPOINTS)


@pytest.mark.parametrize("kind", MALFORMED)
@pytest.mark.parametrize(("path", "method"), READING_DOORS)
def test_malformed_parameters_are_a_400_wherever_they_are_read(browser, path, method, kind):
    answers = {
        name: send(browser, path, method, MALFORMED[kind](name))
        for name in NAMES
        if not (name in MAY_STAND_TWICE and kind.startswith("twice"))
    }
    assert {name: each.status_code for name, each in answers.items() if each.status_code != 400} == {}
    assert not any("Location" in each for each in answers.values())


@pytest.mark.parametrize("kind", MALFORMED)
@pytest.mark.parametrize(("path", "method"), [door for door in DOORS if door not in READING_DOORS])
def test_malformed_parameters_break_nothing_where_they_are_not_read(browser, path, method, kind):
    for name in ("access_token", "allow", "x"):
        assert send(browser, path, method, MALFORMED[kind](name)).status_code < 500


@pytest.mark.parametrize(("path", "method"), DOORS)
@pytest.mark.parametrize("uid", ["%00", "%ff", "x" * 10_240, "..%2f..%2f", "%ed%a0%80", "%0d%0aSet-Cookie:a"])
def test_a_malformed_address_is_nothing_or_nothing_worse(browser, path, method, uid):
    address = f"/{path}/{uid}" if "<" not in path else "/" + path.replace("<str:uid>", uid)
    answer = browser.get(address) if method == "GET" else browser.post(address, b"", content_type=FORM)
    assert 400 <= answer.status_code < 500
    assert "Set-Cookie" not in answer.headers or "a" not in answer.cookies


@pytest.mark.parametrize(
    "authorization",
    [
        *(
            "Basic",
            "Basic ",
            "Basic !!!",
            "Basic YQ==",
            "Basic /w==",
            "Basic AAAA",
            "Basic Og==",
            "basic Og==",
            "Bearer",
        ),
        *(
            "Bearer ",
            "Bearer \x00",
            "Bearer \u00ff",
            "Bearer " + "x" * 10_240,
            "Bearer a.b.c",
            "Digest x",
            "x",
            "\u00fc",
        ),
        "Basic " + "A" * 10_240,
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        *("oauth/token", "oauth/introspect", "oauth/revoke", "oauth/userinfo"),
        "oauth/device_authorization",
        "oauth/bc-authorize",
    ],
)
def test_a_malformed_authorization_is_refused(browser, path, authorization):
    answer = browser.post(
        f"/{path}",
        b"grant_type=client_credentials&token=x",
        content_type=FORM,
        headers={"Authorization": authorization},
    )
    assert answer.status_code in {400, 401}


@pytest.mark.parametrize(
    "content_type",
    [*("application/json", "multipart/form-data; boundary=x", "text/plain", ""), "application/x-www-form-urlencoded2"],
)
@pytest.mark.parametrize(("path", "method"), [door for door in READING_DOORS if door[1] == "POST"])
def test_any_other_content_type_is_a_400(browser, path, method, content_type):
    answer = browser.generic("POST", f"/{path}", b"client_id=a&token=b", content_type=content_type)
    assert answer.status_code == 400


@pytest.mark.parametrize(("path", "methods"), ENDPOINTS.items())
def test_any_other_method_is_a_405_that_names_the_right_ones(browser, path, methods):
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - set(methods):
        answer = browser.generic(method, "/" + path.replace("<str:uid>", "x"))
        assert answer.status_code == 405
        assert set(methods) <= set(answer["Allow"].split(", "))
