"""RFC 7662: who may ask about a token, and what they are told."""

import pytest

from tests.actors import make_client, make_customer, post_form, sign_in

pytestmark = pytest.mark.django_db
ORDERS = "https://orders.example"


@pytest.fixture
def orders(call):
    return make_client(call, name="Orders", grant_types=("client_credentials",), redirect_uris=(), resource=ORDERS)


@pytest.fixture
def shop(call):
    return make_client(call, resource_servers=(ORDERS,))


@pytest.fixture
def tokens(call, shop):
    return shop.tokens_for(sign_in(make_customer(call)))


def test_a_resource_server_in_the_audience_is_told_everything(orders, tokens):
    told = orders.introspect(tokens["access_token"])

    assert told["active"] is True
    assert {"sub", "client_id", "scope", "exp", "iat", "iss", "aud", "sid", "acr", "auth_time"} <= set(told)
    assert ORDERS in told["aud"]


def test_the_client_it_was_issued_to_is_told_too(shop, tokens):
    assert shop.introspect(tokens["access_token"])["active"] is True
    assert shop.introspect(tokens["refresh_token"])["active"] is True


def test_everybody_else_learns_nothing(call, tokens):
    stranger = make_client(call, name="Stranger")
    assert stranger.introspect(tokens["access_token"]) == {"active": False}
    assert stranger.introspect(tokens["refresh_token"]) == {"active": False}


def test_a_resource_server_outside_a_narrowed_audience_learns_nothing(call, orders, shop):
    tokens = shop.tokens_for(sign_in(make_customer(call)), resource="http://localhost:8000")
    assert orders.introspect(tokens["access_token"]) == {"active": False}


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "x" * 8000, "ü"])
def test_an_unknown_token_is_inactive(shop, token):
    assert shop.introspect(token) == {"active": False}


def test_an_id_token_is_no_access_token(shop, tokens):
    assert shop.introspect(tokens["id_token"]) == {"active": False}
    bearer = {"Authorization": f"Bearer {tokens['id_token']}"}
    assert shop.http.get("/oauth/userinfo", headers=bearer).status_code == 401


def test_nobody_asks_without_proving_who_they_are(shop, tokens):
    refused = post_form(shop.http, "/oauth/introspect", {"token": tokens["access_token"]})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert "WWW-Authenticate" in refused


def test_a_public_client_cannot_ask(call):
    app = make_client(call, name="App", client_type="public", application_type="native")
    tokens = app.tokens_for(sign_in(make_customer(call)))
    assert app.post("/oauth/introspect", token=tokens["access_token"]).status_code == 401


def test_a_missing_token_is_invalid_request(shop):
    assert shop.post("/oauth/introspect").json()["error"] == "invalid_request"
