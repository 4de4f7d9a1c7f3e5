"""The protocol's judgement as plain and property-based tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth import rules
from oauth.types import AccessClaims, AuthorizationFacts, ClientDraft, Prompt
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


def chain(depth: int) -> dict[str, Any]:
    claims: dict[str, Any] = {"sub": "0"}
    for number in range(depth):
        claims = {"sub": str(number), "act": claims} if number else {"sub": "0"}
    return claims


@given(st.integers(1, 12), st.sampled_from(["act", "may_act"]))
def test_those_who_act_one_for_the_other_are_counted_to_the_last(depth, claim):
    assert rules.acting_parties({"sub": "ana"}) == 0
    assert rules.acting_parties({"sub": "ana", claim: chain(depth)}) == depth


def test_what_is_no_party_counts_as_one_and_the_deeper_chain_counts():
    assert rules.acting_parties({"act": "somebody"}) == 1
    assert rules.acting_parties({"act": {"sub": "a", "act": [1, 2]}}) == 2
    assert rules.acting_parties({"act": chain(1), "may_act": chain(4)}) == 4


def test_a_transfer_that_waits_is_asked_about_before_anything_else():
    nobody = {"signed_in": False, "acr": "0", "auth_time": None}
    assert rules.first_unmet_prompt(facts(transfer_waits=True, **nobody)) is Prompt.CONTINUE
    assert rules.first_unmet_prompt(facts(transfer_waits=True, prompt=frozenset({"login"}))) is Prompt.CONTINUE


@pytest.mark.parametrize(
    ("address", "is_good"),
    [
        ("https://shop.example/logout", True),
        ("https://shop.example/logout?tenant=1", True),
        ("http://127.0.0.1:9000/logout", True),
        ("http://localhost/logout", True),
        ("http://shop.example/logout", False),
        ("https://shop.example/logout#now", False),
        ("https://shop.example/logout#", False),
        ("https://me:secret@shop.example/logout", False),
        ("com.shop.app:/logout", False),
        ("https://*.shop.example/", False),
        ("https:///logout", False),
        ("javascript:alert(1)", False),
        ("https://shop.example/" + "a" * 2000, False),
    ],
)
def test_where_a_logout_token_may_be_sent(address, is_good):
    draft = ClientDraft(name="Shop", channel="web", redirect_uris=(CALLBACK,), backchannel_logout_uri=address)
    problem = rules.draft_problem(draft)
    assert problem is None if is_good else str(problem).startswith("backchannel_logout_uri: ")


@pytest.mark.parametrize("vendor", ["", "shop", "Shop-2_a.b", "a" * 100])
def test_a_vendor_is_a_plain_word(vendor):
    assert (
        rules.draft_problem(ClientDraft(name="Shop", channel="web", redirect_uris=(CALLBACK,), vendor=vendor)) is None
    )


@pytest.mark.parametrize("vendor", ["a" * 101, "my shop", "<b>", "\u202eshop", "-", "sh\x00op"])
def test_a_vendor_that_is_no_plain_word_is_refused(vendor):
    draft = ClientDraft(name="Shop", channel="web", redirect_uris=(CALLBACK,), vendor=vendor)
    assert str(rules.draft_problem(draft)).startswith("vendor: ")


def test_a_session_goes_only_between_clients_of_one_maker():
    def client(vendor: str = "", *, house: bool = False) -> ClientDraft:
        return ClientDraft(name="x", channel="web", vendor=vendor, first_party=house)

    assert rules.share_sign_in(client("shop"), client("shop"))
    assert rules.share_sign_in(client(house=True), client("shop", house=True))
    assert not rules.share_sign_in(client(), client())
    assert not rules.share_sign_in(client("shop"), client("Shop"))
    assert not rules.share_sign_in(client("shop", house=True), client("bank"))
    assert not rules.shares_vendor(client(house=True), client(house=True))
