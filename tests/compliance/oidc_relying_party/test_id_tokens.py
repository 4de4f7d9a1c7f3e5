"""The ID token: OpenID Connect Core 3.1.3.7, and its signature: RFC 7515, RFC 8725."""

import base64
import hashlib
import warnings
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from joserfc.jwk import ECKey, OctKey, RSAKey

from accounts.models import Account
from accounts.upstream import metadata
from tests.compliance.oidc_relying_party.refusals import assert_refused
from tests.upstream import (
    CLIENT_ID,
    CLIENT_SECRET,
    encode,
    go_round,
    sign,
)

BAD_CLAIMS = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "a list of issuers": {"iss": ["x"]},
    "another audience": {"aud": "somebody-else"},
    "no audience": {"aud": None},
    "another audience in a list": {"aud": ["somebody-else"]},
    "more audiences and nobody authorized": {"aud": [CLIENT_ID, "somebody-else"]},
    "another authorized party": {"aud": [CLIENT_ID, "somebody-else"], "azp": "somebody-else"},
    "another authorized party alone": {"azp": "somebody-else"},
    "an audience that only begins like us": {"aud": f"{CLIENT_ID}-2"},
    "an audience that is part of us": {"aud": CLIENT_ID[:3]},
    "no expiry": {"exp": None},
    "an expiry in the past": {"exp": 1_000_000_000},
    "an expiry that is a text": {"exp": "9999999999"},
    "an expiry that is true": {"exp": True},
    "an endless expiry": {"exp": 10**400},
    "no time of issue": {"iat": None},
    "a time of issue to come": {"iat": 4_000_000_000},
    "a validity to come": {"nbf": 4_000_000_000},
    "a sign-in to come": {"auth_time": 4_000_000_000},
    "no nonce": {"nonce": None},
    "another nonce": {"nonce": "another"},
    "an empty nonce": {"nonce": ""},
    "a nonce that is a number": {"nonce": 7},
    "a nonce outside ASCII": {"nonce": "\u00fc"},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a blank subject": {"sub": " "},
    "a subject that is a number": {"sub": 7},
    "a subject of 256 characters": {"sub": "s" * 256},
    "a subject with NUL": {"sub": "a\x00b"},
    "a hash of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "an empty hash of the access token": {"at_hash": ""},
}


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_an_id_token_is_refused_with(name, acme, browser):
    acme.claims = BAD_CLAIMS[name]
    assert_refused(go_round(browser, acme), browser)


GOOD_CLAIMS = {
    "an audience in a list": {"aud": [CLIENT_ID]},
    "more audiences, we authorized": {"aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID},
    "no time of sign-in": {"auth_time": None},
    "a subject of 255 characters": {"sub": "s" * 255},
    "the hash of the access token": {
        "at_hash": base64.urlsafe_b64encode(hashlib.sha256(b"at-1").digest()[:16]).rstrip(b"=").decode()
    },
}


@pytest.mark.parametrize("name", GOOD_CLAIMS)
def test_an_id_token_is_believed_with(name, acme, browser):
    acme.claims = GOOD_CLAIMS[name]
    acme.person["sub"] = acme.claims.get("sub", acme.person["sub"])
    assert go_round(browser, acme).status_code == 200
    assert browser.session["sid"]


def test_a_subject_too_long_for_a_column_is_still_one_person(acme, browser):
    for sub in ("s" * 255, "s" * 254 + "t", "s" * 255):
        acme.person |= {"sub": sub, "email": f"{sub[-1]}@people.example"}
        go_round(Client(), acme)
    assert Account.objects.count() == 2
    assert all(link.uid.startswith("sha256:") for link in SocialAccount.objects.all())


STRANGER = ECKey.generate_key("P-256", {"kid": "k1"})
with warnings.catch_warnings(action="ignore"):
    WEAK = RSAKey.generate_key(1024, {"kid": "weak"}, private=True)


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{encode(header | {'alg': 'none'})}.{encode(claims)}."


def with_shared_secret(secret: bytes) -> Any:
    return lambda header, claims: sign(header | {"alg": "HS256"}, claims, OctKey.import_key(secret))


FORGERIES = {
    "nobody, alg none": unsigned,
    "nobody, alg None": lambda h, c: f"{encode(h | {'alg': 'None'})}.{encode(c)}.",
    "nobody, alg nOnE and a signature": lambda h, c: f"{encode(h | {'alg': 'nOnE'})}.{encode(c)}.AAAA",
    "nobody, no alg": lambda h, c: f"{encode({'kid': 'k1'})}.{encode(c)}.AAAA",
    "nobody, alg ES256": lambda h, c: f"{encode(h)}.{encode(c)}.",
    "somebody with our client secret": with_shared_secret(CLIENT_SECRET.encode()),
    "a stranger under the provider's key id": lambda h, c: sign(h, c, STRANGER),
    "a stranger under an unknown key id": lambda h, c: sign(h | {"kid": "mine"}, c, STRANGER),
    "a stranger who brings the key along": lambda h, c: sign(h | {"jwk": STRANGER.as_dict(private=False)}, c, STRANGER),
    "a stranger with a critical extension": lambda h, c: sign(h | {"crit": ["exp"], "exp": 1}, c, STRANGER),
    "a key id that is a list": lambda h, c: f"{encode(h | {'kid': ['k1']})}.{encode(c)}.AAAA",
    "a header that is a list": lambda h, c: f"{base64.urlsafe_b64encode(b'[]').decode()}.{encode(c)}.AAAA",
    "claims that are a list": lambda h, c: f"{encode(h)}.{base64.urlsafe_b64encode(b'[]').decode()}.AAAA",
    "five parts": lambda h, c: f"{encode(h)}.a.b.c.d",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_an_id_token_is_refused_that_is_signed_by(name, acme, browser):
    acme.forge = FORGERIES[name]
    assert_refused(go_round(browser, acme), browser)


def test_hs256_with_the_providers_public_key_as_the_secret_is_refused(acme, browser):
    public = acme.key.as_pem(private=False)
    acme.forge = lambda header, claims: sign(header | {"alg": "HS256"}, claims, OctKey.import_key(b"x" + public))
    assert_refused(go_round(browser, acme), browser)


@pytest.mark.parametrize("name", ["jku", "x5u"])
def test_no_key_is_fetched_from_where_a_token_says(name, acme, evil, browser):
    evil.key = STRANGER
    acme.forge = lambda header, claims: sign(header | {name: f"{evil.issuer}/jwks"}, claims, STRANGER)
    assert_refused(go_round(browser, acme), browser)
    assert "/jwks" not in evil.asked


def test_even_the_providers_own_token_is_refused_when_it_says_where_a_key_is(acme, browser):
    acme.forge = lambda header, claims: sign(header | {"jku": f"{acme.issuer}/jwks"}, claims, acme.key)
    assert_refused(go_round(browser, acme), browser)


def test_a_payload_changed_after_signing_is_refused(acme, browser):
    def forge(header: dict[str, Any], claims: dict[str, Any]) -> str:
        first, _, signature = sign(header, claims, acme.key).split(".")
        return f"{first}.{encode(claims | {'sub': 'victim'})}.{signature}"

    acme.forge = forge
    assert_refused(go_round(browser, acme), browser)


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize(
    "key",
    [
        WEAK.as_dict(private=False),
        {"kty": "oct", "kid": "k1", "k": "c2VjcmV0"},
        {"kty": "EC", "kid": "k1", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "kid": "k1"},
        {"kid": "k1"},
        {"kty": 7, "kid": "k1"},
    ],
)
def test_a_key_that_is_none_or_too_weak_verifies_nothing(acme, browser, key, monkeypatch):
    monkeypatch.setattr(acme.key, "as_dict", lambda private: key)
    if key is not None and key.get("kid") == "weak":
        acme.forge = lambda header, claims: sign({"alg": "RS256", "kid": "weak"}, claims, WEAK)
    assert_refused(go_round(browser, acme), browser)


def test_an_rsa_signature_is_believed_too_and_a_new_key_is_found_by_its_id(acme, browser):
    go_round(Client(), acme)
    strong = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig", "alg": "RS256"}, private=True)
    acme.key = strong
    acme.header = {"alg": "RS256", "kid": "k2"}
    metadata._keys(f"{acme.issuer}/jwks").forget()
    assert go_round(browser, acme).status_code == 200
    assert browser.session["sid"]


def test_unknown_key_ids_do_not_make_us_fetch_again_and_again(acme, browser):
    go_round(Client(), acme)
    acme.header = {"kid": "unknown"}
    for _ in range(5):
        go_round(browser, acme)
    assert acme.asked.count("/jwks") == 1


def test_a_token_without_a_key_id_is_believed_where_there_is_one_key_only(acme, browser):
    acme.header = {"kid": None}
    assert go_round(browser, acme).status_code == 200
    assert browser.session["sid"]
