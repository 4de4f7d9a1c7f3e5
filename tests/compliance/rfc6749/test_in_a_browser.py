"""Public clients that run in a page of their own site: their calls are readable there, and no cookie counts."""

import pytest

from tests.actors import make_client, make_customer, post_form, sign_in

pytestmark = pytest.mark.django_db
ORIGIN = {"Origin": "https://app.example"}


@pytest.fixture
def spa(call):
    return make_client(call, name="App", client_type="public", redirect_uris=("https://app.example/callback",))


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/userinfo"])
def test_a_browser_that_asks_first_is_told_yes(client, path):
    asked = client.options(path, headers={**ORIGIN, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204
    assert asked["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in asked["Access-Control-Allow-Headers"]
    assert "POST" in asked["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in asked


def test_answers_and_errors_are_readable(call, spa):
    code, verifier = spa.code_from(sign_in(make_customer(call)))
    fields = {"grant_type": "authorization_code", "code_verifier": verifier, "client_id": spa.client.client_id}
    fields |= {"code": code, "redirect_uri": "https://app.example/callback"}
    answer = post_form(spa.http, "/oauth/token", fields, ORIGIN)
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}", **ORIGIN}
    for response in (
        answer,
        post_form(spa.http, "/oauth/token", fields, ORIGIN),
        spa.http.get("/oauth/userinfo", headers=bearer),
        spa.http.get("/oauth/userinfo", headers=ORIGIN),
        spa.http.get("/oauth/jwks", headers=ORIGIN),
        spa.http.get("/.well-known/openid-configuration", headers=ORIGIN),
    ):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/logout", "/", "/sessions/", "/apps/", "/accounts/login/"])
def test_no_page_that_a_cookie_opens_is_readable_from_elsewhere(call, spa, path):
    browser = sign_in(make_customer(call))
    for answer in (browser.get(path, headers=ORIGIN), browser.options(path, headers=ORIGIN)):
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_a_cookie_opens_none_of_the_doors_that_are(call, spa):
    browser = sign_in(make_customer(call))
    assert browser.get("/oauth/userinfo", headers=ORIGIN).status_code == 401
    assert browser.get("/api/sessions/", headers=ORIGIN).status_code == 401
