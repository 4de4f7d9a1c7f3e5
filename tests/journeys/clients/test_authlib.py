"""Authlib, strict: discovery, code with PKCE, state and nonce, ID token, userinfo, refresh, revocation, logout."""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Visitor

SCOPE = "openid profile email offline_access"
NONCE, VERIFIER = "n-0S6_WzA2Mj", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@dataclass
class SignedIn:
    """A customer at a client: her browser, the client's session with its tokens, the answer that came back."""

    visitor: Visitor
    client: OAuth2Session
    metadata: dict[str, Any]
    answer: dict[str, list[str]]
    state: str


@pytest.fixture
def metadata(demo: RunningDemo) -> dict[str, Any]:
    """The discovery document."""
    return dict(requests.get(f"{demo.issuer}/.well-known/openid-configuration", timeout=10).json())


def new_client(demo: RunningDemo, metadata: dict[str, Any], redirect_uri: str) -> OAuth2Session:
    registration = demo.client("test")
    return OAuth2Session(
        registration["client_id"],
        registration["client_secret"],
        scope=SCOPE,
        redirect_uri=redirect_uri,
        token_endpoint=metadata["token_endpoint"],
        token_endpoint_auth_method="client_secret_basic",
        code_challenge_method="S256",
    )


def sign_in(demo: RunningDemo, metadata: dict[str, Any], redirect_uri: str) -> SignedIn:
    client, visitor = new_client(demo, metadata, redirect_uri), Visitor()
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=VERIFIER, nonce=NONCE
    )
    visitor.open(url, stop_at=redirect_uri)
    answer_pages(visitor, demo.demo["customers"]["ben"], stop_at=redirect_uri)
    client.fetch_token(authorization_response=visitor.last_address, state=state, code_verifier=VERIFIER)
    return SignedIn(visitor, client, metadata, parse_qs(urlsplit(visitor.last_address).query), state)


@pytest.fixture(params=["http://127.0.0.1:9999/cb", "http://localhost:9999/cb"])
def ben(request: pytest.FixtureRequest, demo: RunningDemo, metadata: dict[str, Any]) -> SignedIn:
    """Ben, signed in at the client for strangers' tools, by each of its redirect addresses."""
    assert request.param in demo.client("test")["redirect_uris"]
    return sign_in(demo, metadata, request.param)


def validated(signed_in: SignedIn, id_token: str, *, access_token: str, nonce: str | None) -> CodeIDToken:
    """The claims of an ID token after every check Authlib knows."""
    client_id = signed_in.client.client_id
    keys = KeySet.import_key_set(requests.get(signed_in.metadata["jwks_uri"], timeout=10).json())
    token = jwt.decode(id_token, keys, algorithms=signed_in.metadata["id_token_signing_alg_values_supported"])
    claims = CodeIDToken(
        token.claims,
        token.header,
        {
            "iss": {"essential": True, "value": signed_in.metadata["issuer"]},
            "aud": {"essential": True, "value": client_id},
        },
        {"client_id": client_id, "access_token": access_token} | ({"nonce": nonce} if nonce else {}),
    )
    claims.validate(leeway=5)
    return claims


def test_the_answer_names_its_issuer_and_carries_our_state(ben: SignedIn):
    assert ben.answer["iss"] == [ben.metadata["issuer"]]
    assert ben.answer["state"] == [ben.state]


def test_the_id_token_is_valid_and_speaks_of_this_sign_in(ben: SignedIn, demo: RunningDemo):
    token = ben.client.token
    claims = validated(ben, token["id_token"], access_token=token["access_token"], nonce=NONCE)
    assert claims["sub"] == demo.demo["customers"]["ben"]["sub"]
    assert claims["nonce"] == NONCE
    assert claims["at_hash"]
    assert claims["acr"] == "urn:throughline:1fa"
    assert claims["sid"]
    assert claims["auth_time"] <= claims["iat"]


def test_userinfo_answers_for_the_same_subject(ben: SignedIn, demo: RunningDemo):
    person = ben.client.get(ben.metadata["userinfo_endpoint"]).json()
    assert person["sub"] == demo.demo["customers"]["ben"]["sub"]
    assert person["email"] == demo.demo["customers"]["ben"]["email"]


def test_a_refresh_brings_new_tokens_of_the_same_sign_in(ben: SignedIn):
    before = dict(ben.client.token)
    first = validated(ben, before["id_token"], access_token=before["access_token"], nonce=NONCE)
    after = ben.client.refresh_token(ben.metadata["token_endpoint"])
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert ben.client.get(ben.metadata["userinfo_endpoint"]).status_code == 200
    if after.get("id_token") not in (None, before["id_token"]):
        again = validated(ben, after["id_token"], access_token=after["access_token"], nonce=None)
        assert {name: again[name] for name in ("sub", "sid", "auth_time", "acr")} == {
            name: first[name] for name in ("sub", "sid", "auth_time", "acr")
        }


def test_a_revoked_refresh_token_is_refused(ben: SignedIn):
    refresh_token = ben.client.token["refresh_token"]
    answer = ben.client.revoke_token(ben.metadata["revocation_endpoint"], refresh_token, "refresh_token")
    assert answer.status_code == 200
    with pytest.raises(OAuthError, match="invalid_grant"):
        ben.client.refresh_token(ben.metadata["token_endpoint"], refresh_token=refresh_token)


def test_the_logout_address_ends_the_session_and_its_tokens(ben: SignedIn):
    url = requests.Request(
        "GET",
        ben.metadata["end_session_endpoint"],
        params={"id_token_hint": ben.client.token["id_token"], "client_id": ben.client.client_id},
    ).prepare()
    assert url.url
    ben.visitor.open(url.url)
    answer_pages(ben.visitor, {})
    time.sleep(1.0)  # what every node may take to know
    assert ben.client.get(ben.metadata["userinfo_endpoint"]).status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant"):
        ben.client.refresh_token(ben.metadata["token_endpoint"])


def test_the_client_gets_a_token_for_itself(demo: RunningDemo, metadata: dict[str, Any]):
    client = new_client(demo, metadata, "http://127.0.0.1:9999/cb")
    client.scope = None
    token = client.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    assert token["token_type"].lower() == "bearer"
    assert "refresh_token" not in token
    assert "id_token" not in token


def test_a_customer_may_say_no(demo: RunningDemo, metadata: dict[str, Any]):
    redirect_uri, visitor = "http://127.0.0.1:9999/cb", Visitor()
    client = new_client(demo, metadata, redirect_uri)
    url, _ = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=VERIFIER, nonce=NONCE, prompt="consent"
    )
    visitor.open(url, stop_at=redirect_uri)
    household = demo.demo["customers"]["household"]
    visitor.submit(
        visitor.page.form("login", "password"),
        stop_at=redirect_uri,
        login=household["email"],
        password=household["password"],
    )
    visitor.submit(visitor.page.form("allow"), stop_at=redirect_uri, allow="no")
    answer = parse_qs(urlsplit(visitor.last_address).query)
    assert answer["error"] == ["access_denied"]
    assert answer["iss"] == [demo.issuer]
    assert "code" not in answer
