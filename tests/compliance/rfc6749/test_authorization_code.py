"""RFC 6749 4.1 and 10.5, RFC 7636, RFC 9700: the code is good once, for one client, and only with its proof."""

from datetime import timedelta

import pytest

from audit.queries import list_events
from kit import clock
from kit.ids import new_secret
from oauth.events import GRANT_REUSED
from tests.actors import SHOP_CALLBACK, make_client, post_form, query_of

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def is_live(app, tokens):
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    return app.http.get("/oauth/userinfo", headers=bearer).status_code == 200


def test_a_replayed_code_is_invalid_grant_and_kills_the_first_tokens(ana, shop, browser):
    code, verifier = shop.code_from(browser)
    first = shop.redeem(code, verifier).json()
    assert is_live(shop, first)

    replayed = shop.redeem(code, verifier)

    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
    assert not is_live(shop, first)
    assert shop.introspect(first["access_token"]) == {"active": False}
    assert shop.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert [event.payload["reason"] for event in list_events(subject=ana.sub, types=[GRANT_REUSED])] == ["code_reused"]


def test_tokens_of_another_visit_outlive_a_replayed_code(shop, browser):
    other = shop.tokens_for(browser)
    code, verifier = shop.code_from(browser)
    shop.redeem(code, verifier)
    shop.redeem(code, verifier)

    assert is_live(shop, other)


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": new_secret()},
        {"code_verifier": "short"},
        {"redirect_uri": SHOP_CALLBACK + "/"},
        {"code": "no-such-code"},
    ],
    ids=["wrong verifier", "malformed verifier", "another redirect URI", "unknown code"],
)
def test_a_code_without_its_proof_is_invalid_grant_and_still_good(shop, browser, change):
    code, verifier = shop.code_from(browser)
    fields = {"code": code, "redirect_uri": SHOP_CALLBACK, "code_verifier": verifier}

    refused = shop.post("/oauth/token", grant_type="authorization_code", **{**fields, **change})

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert shop.redeem(code, verifier).status_code == 200


def test_a_code_of_one_client_is_useless_to_another(call, shop, browser):
    thief = make_client(call, name="Thief", redirect_uris=(SHOP_CALLBACK,))
    code, verifier = shop.code_from(browser)

    assert thief.redeem(code, verifier).json()["error"] == "invalid_grant"
    assert shop.redeem(code, verifier).status_code == 200


def test_a_code_is_dead_after_a_minute(shop, browser, time_machine):
    code, verifier = shop.code_from(browser)
    time_machine.move_to(clock.now() + timedelta(seconds=61))

    assert shop.redeem(code, verifier).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("missing", ["code", "redirect_uri", "code_verifier"])
def test_a_token_request_without_a_parameter_is_invalid_request(shop, browser, missing):
    code, verifier = shop.code_from(browser)
    fields = {"code": code, "redirect_uri": SHOP_CALLBACK, "code_verifier": verifier, missing: ""}

    refused = shop.post("/oauth/token", grant_type="authorization_code", **fields)

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "change",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge": "too-short"},
    ],
    ids=["no challenge", "plain", "no method", "malformed"],
)
def test_an_authorization_request_without_s256_is_invalid_request(shop, browser, change):
    response = browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43, **change))
    answer = query_of(response["Location"])

    assert answer["error"] == "invalid_request"
    assert answer["iss"] == "http://localhost:8000"
    assert answer["state"] == "state-1"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        SHOP_CALLBACK + "/",
        SHOP_CALLBACK + "?x=1",
        SHOP_CALLBACK.replace("https", "http"),
        SHOP_CALLBACK.replace("shop.example", "SHOP.example"),
        SHOP_CALLBACK.replace("shop.example", "shop.example:443"),
        SHOP_CALLBACK + "#",
        "https://shop.example.evil.example/cb",
        "https://shop.example@evil.example/cb",
        "",
    ],
)
@pytest.mark.parametrize("prompt", [None, "none"])
def test_a_redirect_uri_that_is_not_byte_equal_gets_a_page_and_no_redirect(shop, browser, redirect_uri, prompt):
    parameters = shop.authorize_parameters("v" * 43, redirect_uri=redirect_uri, prompt=prompt)
    response = browser.get("/oauth/authorize", parameters)

    assert response.status_code == 400
    assert "Location" not in response
    assert b"<h1" in response.content


@pytest.mark.parametrize("response_type", ["token", "id_token", "code token", "code id_token", "none", ""])
def test_only_the_code_response_is_offered(shop, browser, response_type):
    response = browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43, response_type=response_type))

    assert query_of(response["Location"])["error"] in {"unsupported_response_type", "invalid_request"}


def test_wrong_client_secrets_and_unknown_clients_get_the_same_answer(shop, browser):
    code, verifier = shop.code_from(browser)
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": SHOP_CALLBACK,
        "code_verifier": verifier,
        "client_secret": "wrong",
    }
    wrong = post_form(shop.http, "/oauth/token", {**fields, "client_id": shop.client.client_id})
    unknown = post_form(shop.http, "/oauth/token", {**fields, "client_id": "nobody"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["error"] == "invalid_client"


@pytest.mark.parametrize("credentials", ["Basic \u00ff", "Basic QQ", "Basic /w==", "Basic", "Bearer QQ=="])
def test_credentials_that_cannot_be_read_are_invalid_client(shop, credentials):
    fields = {"grant_type": "authorization_code", "code": "x"}
    answered = post_form(shop.http, "/oauth/token", fields, {"Authorization": credentials})
    assert (answered.status_code, answered.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "body",
    [
        "grant_type=client_credentials&grant_type=client_credentials",
        "grant_type=client_credentials&scope=%00",
        "grant_type=client_credentials&scope=%ff%fe",
        "grant_type=client_credentials&scope=" + "x" * 10_000,
        "grant_type=client_credentials&" + "&".join(f"a{n}=1" for n in range(200)),
    ],
    ids=["repeated", "NUL", "broken UTF-8", "10 kB", "200 parameters"],
)
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
def test_malformed_forms_are_invalid_request(shop, path, body):
    response = shop.http.post(path, body, content_type="application/x-www-form-urlencoded")

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "query", ["client_id=%00", "client_id=a&client_id=b", "state=%ff", "client_id=" + "x" * 10_000]
)
def test_malformed_authorization_requests_get_an_error_and_no_redirect(browser, query):
    response = browser.get(f"/oauth/authorize?{query}")

    assert response.status_code == 400
    assert "Location" not in response
