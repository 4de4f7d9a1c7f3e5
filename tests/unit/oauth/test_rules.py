"""The protocol's judgement as plain and property-based tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth import rules
from oauth.types import AccessClaims, AuthorizationFacts, Prompt
from tests.actors import challenge_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE, TWO = "urn:throughline:1fa", "urn:throughline:2fa"
CALLBACK = "https://shop.example/cb"


def facts(**changes):
    usual: dict[str, Any] = {
        "prompt": frozenset(),
        "max_age": None,
        "accepted_acr": (ONE,),
        "now": NOW,
        "signed_in": True,
        "acr": ONE,
        "auth_time": NOW - timedelta(hours=1),
    }
    return AuthorizationFacts(**{**usual, **changes})


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (facts(), None),
        (facts(signed_in=False, acr="0", auth_time=None), Prompt.SIGN_IN),
        (facts(acr="0", auth_time=None), Prompt.REAUTHENTICATE),
        (facts(prompt=frozenset({"login"})), Prompt.REAUTHENTICATE),
        (facts(prompt=frozenset({"login"}), begun_at=NOW), Prompt.REAUTHENTICATE),
        (facts(prompt=frozenset({"login"}), begun_at=NOW, auth_time=NOW), None),
        (facts(prompt=frozenset({"select_account"})), Prompt.SELECT_ACCOUNT),
        (facts(max_age=3600), None),
        (facts(max_age=3599), Prompt.REAUTHENTICATE),
        (facts(max_age=0, auth_time=NOW), Prompt.REAUTHENTICATE),
        (facts(max_age=0, begun_at=NOW - timedelta(minutes=1), auth_time=NOW), None),
        (facts(accepted_acr=(TWO,)), Prompt.RAISE_LEVEL),
        (facts(accepted_acr=(TWO,), acr=TWO), None),
        (facts(accepted_acr=(ONE,), acr=TWO), None),
        (facts(needs_consent=True), Prompt.CONSENT),
        (facts(needs_consent=True, consented=True), None),
        (facts(prompt=frozenset({"consent"})), Prompt.CONSENT),
        (facts(accepted_acr=(TWO,), needs_consent=True), Prompt.RAISE_LEVEL),
    ],
)
def test_the_first_unmet_prompt(situation, expected):
    assert rules.first_unmet_prompt(situation) is expected


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_session_satisfies_max_age_exactly_up_to_its_age(age, max_age):
    situation = facts(auth_time=NOW - timedelta(seconds=age), max_age=max_age, begun_at=NOW - timedelta(seconds=age))
    unmet = rules.first_unmet_prompt(situation)
    assert (unmet is None) == (age <= max_age or max_age == 0)


def test_requested_levels_below_the_channels_minimum_do_not_lower_it():
    assert rules.accepted_acr((ONE,), TWO) == (TWO,)
    assert rules.accepted_acr((TWO, ONE), ONE) == (TWO, ONE)
    assert rules.accepted_acr((), ONE) == (ONE,)
    assert rules.accepted_acr(("unknown",), ONE) == (ONE,)


@given(st.text(max_size=60))
def test_only_registered_redirect_uris_match_for_web_clients(presented):
    assert rules.redirect_uri_matches(presented, (CALLBACK,), native=False) == (presented == CALLBACK)


@pytest.mark.parametrize(
    ("presented", "matches"),
    [
        ("http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1:51004/cb/", False),
        ("http://127.0.0.1:51004/cb?x", False),
        ("http://localhost:51004/cb", False),
        ("http://127.0.0.1:99999/cb", False),
        ("http://127.0.0.1:51004@evil.example/cb", False),
        ("http://evil@127.0.0.1:51004/cb", False),
        ("https://127.0.0.1:51004/cb", False),
        ("http://127.0.0.1:51004/cb#", False),
        ("http://127.0.0.2:51004/cb", False),
        ("http://127.0.0.1:/cb", False),
    ],
)
def test_a_native_client_may_vary_the_loopback_port_and_nothing_else(presented, matches):
    assert rules.redirect_uri_matches(presented, ("http://127.0.0.1:8400/cb",), native=True) is matches
    assert not rules.redirect_uri_matches(presented, ("http://127.0.0.1:8400/cb",), native=False)


@pytest.mark.parametrize(
    ("uri", "native", "allowed"),
    [
        (CALLBACK, False, True),
        ("http://localhost:9999/cb", False, True),
        ("http://127.0.0.1:9999/cb", False, True),
        ("http://shop.example/cb", False, False),
        ("https://shop.example/cb#x", False, False),
        ("https://*.shop.example/cb", False, False),
        ("https://user@shop.example/cb", False, False),
        ("com.example.app:/cb", True, True),
        ("com.example.app:/cb", False, False),
        ("javascript:alert(1)", True, False),
        ("data:text/html,x", True, False),
        ("https://shop.example/\u202ecb", False, False),
        ("/cb", False, False),
        ("", False, False),
    ],
)
def test_which_redirect_uris_may_be_registered(uri, native, allowed):
    assert (rules.redirect_uri_problem(uri, native=native) is None) is allowed


VERIFIERS = st.text(st.sampled_from("ABCabc019-._~"), min_size=43, max_size=128)


@given(VERIFIERS, VERIFIERS)
def test_only_the_verifier_itself_matches_its_challenge(verifier, other):
    assert rules.code_verifier_matches(verifier, challenge_of(verifier))
    assert rules.code_verifier_matches(other, challenge_of(verifier)) == (other == verifier)
    assert rules.code_challenge_is_valid(challenge_of(verifier))


@given(st.text(max_size=200))
def test_a_verifier_of_another_shape_never_matches(verifier):
    if not 43 <= len(verifier) <= 128 or not verifier.isascii():
        assert not rules.code_verifier_matches(verifier, challenge_of("v" * 43))


def test_resource_narrows_the_audience_and_never_widens_it():
    offered = ("https://orders.example", "https://id.example")
    assert rules.granted_audience((), offered) == offered
    assert rules.granted_audience(("https://id.example",), offered) == ("https://id.example",)
    assert rules.granted_audience(("https://orders.example/",), offered) is None
    assert rules.granted_audience(("https://evil.example",), offered) is None


def test_a_clients_own_token_names_no_session():
    claims = AccessClaims(subject="cli", client_id="cli", scopes=(), audience=("https://a",), jti="j")
    payload = rules.access_token_claims(claims, issuer="https://id", now=NOW, lifetime=600)

    assert payload["aud"] == "https://a"
    assert not {"sid", "acr", "amr", "auth_time"} & set(payload)


def test_at_hash_is_that_of_the_specification():
    assert rules.at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"


@given(st.text(max_size=100))
def test_nothing_but_a_refresh_token_is_split_into_one(token):
    parts = rules.split_refresh_token(token)
    assert parts is None or f"{parts.handle}.{parts.secret}" == token
