"""Discovery 4.3, the token endpoint (OpenID Connect Core 3.1.3) and userinfo (5.3.2)."""

import json

import pytest

from accounts.upstream import metadata
from tests.compliance.oidc_relying_party.refusals import assert_refused
from tests.upstream import come_back, go_round, leave_for


def test_a_provider_whose_documents_name_another_issuer_is_not_used(acme, browser):
    metadata.forget_documents()
    for issuer in ("https://accounts.example", f"{acme.issuer}/", None, 7):
        metadata.forget_documents()
        acme.document["issuer"] = issuer
        assert_refused(browser.post("/accounts/upstream/acme/login/"), browser)


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
@pytest.mark.parametrize(
    "url",
    ["ftp://id.example.com/x", "https://10.0.0.1:0/x", "javascript:alert(1)", "https://a@id.example.com/", 7, ["x"]],
)
def test_a_document_points_to_no_place_that_is_not_public(acme, browser, endpoint, url):
    metadata.forget_documents()
    acme.document[endpoint] = url
    assert_refused(browser.post("/accounts/upstream/acme/login/"), browser)


HTML = b"<html>error</html>"
BAD_ANSWERS = {
    "500": (500, "text/html", HTML),
    "400": (400, "application/json", b'{"error": "invalid_grant"}'),
    "a redirect": (302, "text/html", b""),
    "no JSON": (200, "text/html", HTML),
    "nothing": (200, "application/json", b""),
    "a list": (200, "application/json", b"[]"),
    "no access token": (200, "application/json", b'{"id_token": "a.b.c"}'),
    "no ID token": (200, "application/json", b'{"access_token": "at-1"}'),
    "an ID token that is none": (200, "application/json", b'{"access_token": "at-1", "id_token": 7}'),
    "an ID token that is no JWT": (200, "application/json", b'{"access_token": "at-1", "id_token": "x"}'),
    "an ID token of junk": (200, "application/json", b'{"access_token": "at-1", "id_token": "!.!.!"}'),
    "an ID token of 100 kB": (
        200,
        "application/json",
        json.dumps({"access_token": "a", "id_token": "a." * 50_000}).encode(),
    ),
    "an access token of another kind": (200, "application/json", b'{"access_token": ["x"], "id_token": "a.b.c"}'),
    "two megabytes": (200, "application/json", b'{"access_token": "' + b"a" * 2_000_000 + b'"}'),
    "nested too deep": (200, "application/json", b"[" * 200_000),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_the_token_endpoint_is_not_believed_when_it_answers_with(name, acme, browser):
    acme.token_answer = BAD_ANSWERS[name]
    assert_refused(go_round(browser, acme), browser)


def test_an_expiry_that_is_no_number_does_no_harm(acme, browser):
    answer = {"access_token": "at-1", "expires_in": "soon", "refresh_token": 7, "token_type": None}
    asked = acme.sign_in(leave_for(browser, acme))
    nonce = acme._codes[asked["code"]]["nonce"]
    acme.token_answer = (200, "text/plain", json.dumps(answer | {"id_token": acme.id_token(nonce)}).encode())
    assert come_back(browser, acme, asked, follow=True).status_code == 200
    assert browser.session["sid"]


@pytest.mark.parametrize("sub", ["u-2", None, 7, ""])
def test_userinfo_about_somebody_else_is_refused(acme, browser, sub):
    acme.userinfo = {"sub": sub, "email": "victim@people.example", "email_verified": True}
    assert_refused(go_round(browser, acme), browser)


def test_the_client_secret_is_sent_as_the_provider_wants_it(acme, browser):
    metadata.forget_documents()
    acme.document["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert_refused(go_round(browser, acme), browser)  # this provider takes Basic only
    metadata.forget_documents()
    acme.document["token_endpoint_auth_methods_supported"] = ["client_secret_basic", "private_key_jwt"]
    assert go_round(browser, acme).status_code == 200


def test_a_provider_that_is_down_is_not_asked_again_for_everybody_who_tries(acme, browser):
    metadata.forget_documents()
    acme.document["issuer"] = "https://accounts.example"
    for _ in range(5):
        assert_refused(browser.post("/accounts/upstream/acme/login/"), browser)
    assert acme.asked.count("/.well-known/openid-configuration") == 1
