"""OIDC Discovery and RFC 8414: one document, and nothing in it that does not work."""

import pytest

from oauth.grants import GRANTS
from tests.actors import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(client):
    return client.get("/.well-known/openid-configuration").json()


def test_both_addresses_give_the_same_document(client, document):
    assert client.get("/.well-known/oauth-authorization-server").json() == document


def test_every_endpoint_it_names_is_there(call, client, document):
    make_client(call)
    for name, url in document.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert url.startswith("http://localhost:8000/oauth/")
            path = url.removeprefix("http://localhost:8000")
            answered = client.get(path) if name == "jwks_uri" else client.post(path)
            assert answered.status_code < 500
            assert answered.status_code != 404


def test_it_offers_what_the_token_endpoint_does_and_only_codes(document):
    assert sorted(document["grant_types_supported"]) == sorted(GRANTS)
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["id_token_signing_alg_values_supported"] == ["ES256"]


@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "x"])
def test_a_grant_it_does_not_name_is_unsupported(call, grant_type):
    shop = make_client(call)
    refused = shop.post("/oauth/token", grant_type=grant_type, username="ana", password="x")
    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")


def test_the_keys_are_public_and_carry_ids(call, client):
    make_client(call)
    for key in client.get("/oauth/jwks").json()["keys"]:
        assert {"kid", "kty", "crv", "x", "y", "alg", "use"} <= set(key)
        assert "d" not in key
