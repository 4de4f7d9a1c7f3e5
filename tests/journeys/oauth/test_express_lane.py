"""The express lane answers as Django's own handler does: same status, same headers, same body, request by request."""

import base64
import io
import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from config import wsgi
from config.express_lane import ASKED_ONCE, DOORS, LEFT_OUT
from tests.actors import ChannelApp, claims_of, make_client, make_customer, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
FORM = "application/x-www-form-urlencoded"
# What differs between any two answers.
FRESH = ("access_token", "id_token", "refresh_token", "jti", "iat", "exp", "nbf", "token")


@pytest.fixture
def shop(call) -> ChannelApp:
    return make_client(
        call,
        grant_types=("authorization_code", "refresh_token", "client_credentials"),
        scopes=("openid", "profile", "email", "offline_access", "decisions", "consent.read"),
        default_scopes=("decisions",),
        resource="https://orders.example",
        resource_servers=("https://orders.example",),
    )


@pytest.fixture
def tokens(call, shop) -> dict[str, Any]:
    return shop.tokens_for(sign_in(make_customer(call)))


def basic(app: ChannelApp) -> str:
    return "Basic " + base64.b64encode(f"{app.client.client_id}:{app.secret}".encode()).decode()


def ask(application: Any, method: str, path: str, body: str = "", **environ: str) -> tuple[str, dict[str, str], Any]:
    """Status, headers and body of one answer, without what is fresh in each."""
    said: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        said.update(status=status, headers=dict(headers), names=[name for name, _ in headers])

    request = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "HTTP_X_REQUEST_ID": "trace-1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body.encode("latin-1")),
        "wsgi.url_scheme": "http",
        "CONTENT_LENGTH": str(len(body)),
        **environ,
    }
    answer = application(request, start_response)
    content = b"".join(answer)
    getattr(answer, "close", lambda: None)()
    headers = said["headers"]
    assert len(said["names"]) == len(headers)
    headers["Content-Security-Policy"] = sorted(headers.get("Content-Security-Policy", "").split("; "))
    body_said: Any = content
    if "json" in headers.get("Content-Type", ""):
        body_said = json.loads(re.sub(rb'"decision_id":"[^"]+"', b'"decision_id":"fresh"', content))
        body_said = {name: ("fresh" if name in FRESH else value) for name, value in body_said.items()}
        headers["Content-Length"] = "any" if set(FRESH) & set(body_said) else headers.get("Content-Length", "")
    return said["status"], headers, body_said


def both(method: str, path: str, body: str = "", **environ: str) -> tuple[str, dict[str, str], Any]:
    """The one answer that both handlers give."""
    fast = ask(wsgi.application, method, path, body, **environ)
    assert fast == ask(wsgi.ordinary, method, path, body, **environ)
    return fast


def test_a_clients_own_token(shop):
    status, headers, body = both(
        "POST",
        "/oauth/token",
        "grant_type=client_credentials&scope=decisions",
        CONTENT_TYPE=FORM,
        HTTP_AUTHORIZATION=basic(shop),
    )
    assert status == "200 OK"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Request-ID"] == "trace-1"
    assert {"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options"} <= set(headers)
    assert body["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("body", "environ"),
    [
        ("grant_type=client_credentials", {}),
        ("grant_type=client_credentials", {"HTTP_AUTHORIZATION": "Basic bm9ib2R5OnNlY3JldA=="}),
        ("grant_type=password", {}),
        ("grant_type=refresh_token&refresh_token=x", {}),
        ("grant_type=authorization_code&code=x&redirect_uri=y&code_verifier=z", {}),
        ("", {}),
        ("grant_type=a&grant_type=b", {}),
        ("grant_type=%00", {}),
        ("grant_type=%ff", {}),
        ("grant_type=client_credentials", {"CONTENT_TYPE": "application/json"}),
        ("grant_type=client_credentials", {"CONTENT_TYPE": f"{FORM}; charset=utf-8"}),
        ("grant_type=client_credentials", {"CONTENT_TYPE": f"{FORM}; charset=hex"}),
        ("grant_type=client_credentials", {"HTTP_HOST": "evil.example"}),
        ("grant_type=client_credentials", {"HTTP_HOST": ""}),
        ("grant_type=client_credentials", {"HTTP_ACCEPT": "text/html"}),
        ("grant_type=client_credentials", {"HTTP_COOKIE": "throughline=abc"}),
        ("grant_type=client_credentials", {"QUERY_STRING": "a=%00"}),
        ("grant_type=client_credentials", {"QUERY_STRING": "a=b"}),
        ("grant_type=client_credentials", {"wsgi.url_scheme": "https"}),
        ("grant_type=client_credentials", {"CONTENT_LENGTH": "nonsense"}),
        ("x" * 70_000, {}),
    ],
)
def test_whatever_a_client_gets_wrong(shop, body, environ):
    for path in ("/oauth/token", "/oauth/introspect"):
        both("POST", path, body, **{"CONTENT_TYPE": FORM, "HTTP_AUTHORIZATION": basic(shop), **environ})
        both("POST", path, body, **{"CONTENT_TYPE": FORM, **environ})


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "POST"])
@pytest.mark.parametrize("path", [reverse(door) for door in DOORS])
def test_every_method_at_every_door(shop, method, path):
    both(method, path)


def test_introspection_of_live_dead_and_foreign_tokens(shop, tokens):
    for token in (tokens["access_token"], tokens["refresh_token"], tokens["id_token"], "nonsense"):
        both("POST", "/oauth/introspect", f"token={token}", CONTENT_TYPE=FORM, HTTP_AUTHORIZATION=basic(shop))


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_userinfo_with_and_without_a_good_token(tokens, method):
    good = both(method, "/oauth/userinfo", HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")
    assert good[0] == "200 OK"
    assert good[2]["email"] == "ana@people.example"
    assert both(method, "/oauth/userinfo", HTTP_AUTHORIZATION="Bearer nonsense")[0].startswith("401")
    assert both(method, "/oauth/userinfo")[0].startswith("401")


def test_an_error_of_ours_is_the_same_plain_500(shop, monkeypatch):
    def break_down(**_: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("oauth.views.clients.authenticate_client", break_down)
    status, _, _ = both("POST", "/oauth/token", "grant_type=x", CONTENT_TYPE=FORM)
    assert status.startswith("500")


def test_a_refused_request_journals_and_counts_as_in_django(shop, tokens):
    """The doors are the same functions, so a superseded refresh token ends its grant in the lane too."""
    first = tokens["refresh_token"]
    form = {"CONTENT_TYPE": FORM, "HTTP_AUTHORIZATION": basic(shop)}
    body = f"grant_type=refresh_token&refresh_token={first}"
    assert ask(wsgi.application, "POST", "/oauth/token", body, **form)[0] == "200 OK"
    assert ask(wsgi.application, "POST", "/oauth/token", body, **form)[0].startswith("400")
    assert shop.introspect(tokens["access_token"]) == {"active": False}


def test_what_the_lane_leaves_out_is_part_of_django():
    assert set(settings.MIDDLEWARE) >= LEFT_OUT | ASKED_ONCE


@pytest.fixture
def visit(tokens) -> dict[str, Any]:
    claims = claims_of(tokens["access_token"])
    return {
        "subject": {"type": "customer", "id": claims["sub"]},
        "action": {"name": "orders.view"},
        "resource": {"type": "account", "id": claims["sub"]},
        "context": {"sid": claims["sid"]},
    }


@pytest.mark.parametrize("path", [reverse("assurance:evaluation"), reverse("assurance:evaluations")])
def test_decisions(shop, visit, path):
    token = shop.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    with_token = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    asked = json.dumps(visit)
    good = both("POST", path, asked, CONTENT_TYPE="application/json", **with_token)
    assert good[0] == "200 OK"
    assert good[2]["decision"] is False  # there is no such action
    both("POST", path, json.dumps({**visit, "evaluations": [{}, {}]}), CONTENT_TYPE="application/json", **with_token)
    for body, environ in (
        (asked, {"CONTENT_TYPE": "text/plain"}),
        (asked, {"CONTENT_TYPE": "application/json; charset=utf-8"}),
        (asked, {"HTTP_X_REQUEST_ID": "a b/c"}),
        (asked, {"HTTP_ACCEPT": "text/csv"}),
        (asked, {"HTTP_AUTHORIZATION": "Bearer nonsense"}),
        (asked, {"HTTP_AUTHORIZATION": ""}),
        (asked, {"CONTENT_LENGTH": "3"}),
        (asked, {"CONTENT_LENGTH": "nonsense"}),
        ("{", {}),
        ("", {}),
        ("x" * 600_000, {}),
    ):
        both("POST", path, body, **{"CONTENT_TYPE": "application/json", **with_token, **environ})


def test_checks_of_consent_and_their_commit(shop):
    own = shop.post("/oauth/token", grant_type="client_credentials", scope="consent.read").json()["access_token"]
    as_json = {"CONTENT_TYPE": "application/json", "HTTP_AUTHORIZATION": f"Bearer {own}"}
    asked = json.dumps({"items": [{"subject": "acc_ana", "purpose": "no.such"}, {"subject": "dev_x", "purpose": "x"}]})
    good = both("POST", "/api/consent/check", asked, **as_json)
    assert good[0] == "200 OK"
    assert [each["reason"] for each in good[2]["results"]] == ["unknown_purpose", "unknown_purpose"]
    token = ask_as_is("/api/consent/check", asked, as_json)["token"]
    assert both("POST", "/api/consent/commit", json.dumps({"token": token}), **as_json)[0].startswith("204")
    for body, environ in (
        (asked, {"CONTENT_TYPE": "text/plain"}),
        (asked, {"HTTP_AUTHORIZATION": "Bearer nonsense"}),
        (asked, {"HTTP_AUTHORIZATION": ""}),
        (asked, {"HTTP_ACCEPT": "text/csv"}),
        (asked, {"HTTP_SEC_GPC": "1"}),
        (asked, {"CONTENT_LENGTH": "3"}),
        (json.dumps({"items": [{"subject": "acc_ana", "purpose": "x", "channel": "another"}]}), {}),
        (json.dumps({"items": []}), {}),
        (json.dumps({"token": "nonsense"}), {}),
        ("{", {}),
        ("", {}),
        ("x" * 600_000, {}),
    ):
        for path in ("/api/consent/check", "/api/consent/commit"):
            both("POST", path, body, **{**as_json, **environ})


def ask_as_is(path: str, body: str, environ: dict[str, str]) -> Any:
    """The body of one answer by Django's own handler, with what is fresh in it."""
    request = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "wsgi.input": io.BytesIO(body.encode()),
        "wsgi.url_scheme": "http",
        "CONTENT_LENGTH": str(len(body)),
        **environ,
    }
    return json.loads(b"".join(wsgi.ordinary(request, lambda *_: None)))
