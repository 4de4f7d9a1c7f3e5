"""RFC 9068 and RFC 8707: what stands in an access token, for whom it is, and what passes for none."""

import base64
import json

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from keyring.queries import list_published_keys
from tests.actors import claims_of, make_client, query_of

pytestmark = pytest.mark.django_db
ORDERS, STOCK = "https://orders.example", "https://stock.example"


@pytest.fixture
def shop(call):
    return make_client(call, resource_servers=(ORDERS, STOCK))


def userinfo(app, token):
    return app.http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_third_party_library_verifies_it_offline(shop, browser, ana):
    token = shop.tokens_for(browser)["access_token"]
    keys = KeySet([ECKey.import_key(dict(key)) for key in list_published_keys()])

    verified = jwt.decode(token, keys, algorithms=["ES256"])

    assert verified.header["typ"] == "at+jwt"
    assert verified.claims["sub"] == ana.sub
    assert verified.claims["iss"] == "http://localhost:8000"
    assert verified.claims["exp"] - verified.claims["iat"] == 600
    assert verified.claims["aud"] == [ORDERS, STOCK, "http://localhost:8000"]


def test_resource_narrows_at_either_leg_and_never_widens(shop, browser):
    code, verifier = shop.code_from(browser, resource=ORDERS)
    assert claims_of(shop.redeem(code, verifier).json()["access_token"])["aud"] == ORDERS
    code, verifier = shop.code_from(browser)
    assert claims_of(shop.redeem(code, verifier, resource=STOCK).json()["access_token"])["aud"] == STOCK
    refused = browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43, resource="https://evil.example"))
    assert query_of(refused["Location"])["error"] == "invalid_target"


def test_a_code_narrowed_to_one_resource_is_never_redeemed_for_another(shop, browser):
    code, verifier = shop.code_from(browser, resource=ORDERS)
    refused = shop.redeem(code, verifier, resource=STOCK)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")


def test_a_token_for_another_audience_opens_nothing_here(shop, browser):
    token = shop.tokens_for(browser, resource=ORDERS)["access_token"]
    assert userinfo(shop, token) == 401


def test_a_client_gets_its_own_token_with_its_own_scopes(call):
    orders = make_client(
        call,
        name="Orders",
        grant_types=("client_credentials",),
        redirect_uris=(),
        scopes=("openid", "decisions", "explain"),
        default_scopes=("openid", "decisions"),
    )
    claims = claims_of(orders.post("/oauth/token", grant_type="client_credentials").json()["access_token"])
    assert (claims["scope"], claims["sub"]) == ("decisions", orders.client.client_id)
    assert "sid" not in claims
    for scope in ("openid", "feeds", "no-such-scope"):
        refused = orders.post("/oauth/token", grant_type="client_credentials", scope=scope)
        assert refused.json()["error"] == "invalid_scope"


def forged(token, header, key):
    return jwt.encode(header, claims_of(token), key, algorithms=[header["alg"]])


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_forged_tokens_open_nothing(shop, browser):
    token = shop.tokens_for(browser)["access_token"]
    kid = list_published_keys()[0]["kid"]
    own = ECKey.generate_key("P-256")
    secret = OctKey.import_key(json.dumps(list_published_keys()[0]))
    payload = token.split(".")[1]
    attempts = [
        f"{part({'alg': 'none', 'typ': 'at+jwt', 'kid': kid})}.{payload}.",
        forged(token, {"alg": "HS256", "typ": "at+jwt", "kid": kid}, secret),
        forged(token, {"alg": "ES256", "typ": "at+jwt", "kid": kid}, own),
        forged(token, {"alg": "ES256", "typ": "at+jwt", "jwk": own.as_dict(private=False)}, own),
        forged(token, {"alg": "ES256", "typ": "at+jwt", "kid": "unknown"}, own),
        token[:-4] + "AAAA",
        token + ".x",
        "",
    ]
    assert userinfo(shop, token) == 200
    for attempt in attempts:
        assert userinfo(shop, attempt) == 401, attempt


def test_a_token_in_the_query_is_not_looked_at(shop, browser):
    token = shop.tokens_for(browser)["access_token"]
    assert shop.http.get(f"/oauth/userinfo?access_token={token}").status_code == 401
