"""What a provider upstream may be, and what is taken from what it says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import rules
from accounts.types import Expected, ProviderDraft

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXPECTED = Expected(issuer="https://id.example.com", client_id="gateway", nonce="n-1", now=NOW)
GOOD = {
    "iss": "https://id.example.com",
    "aud": "gateway",
    "sub": "u-1",
    "nonce": "n-1",
    "iat": NOW.timestamp(),
    "exp": NOW.timestamp() + 300,
}
DRAFT = ProviderDraft(name="Acme", client_id="gateway", client_secret=None, scopes=("openid", "email"), channels=())


def draft(**changes: Any) -> ProviderDraft:
    values = {name: getattr(DRAFT, name) for name in DRAFT.__slots__}
    return ProviderDraft(**(values | changes))


def fault(slug: str = "acme", issuer: str = "https://id.example.com", **changes: Any) -> str | None:
    found = rules.fault_in_provider(slug, issuer, draft(**changes), loopback=False)
    return found[0] if found else None


@pytest.mark.parametrize(
    "issuer",
    [
        "https://id.example.com",
        "https://id.example.com/",
        "https://id.example.com/realms/a",
        "https://id.example.com:8443",
    ],
)
def test_an_issuer_is_an_https_address_taken_to_the_letter(issuer):
    assert fault(issuer=issuer) is None


@pytest.mark.parametrize(
    "issuer",
    [
        *("", "id.example.com", "http://id.example.com", "https://localhost", "https://id.example.com?a=b"),
        *("https://id.example.com#x", "https://a@id.example.com", "https://id.ex\u00e4mple.com", "https://127.1"),
        "http://127.0.0.1:8000",
    ],
)
def test_what_is_no_public_https_address_is_no_issuer(issuer):
    assert fault(issuer=issuer) == "issuer"


def test_a_provider_on_this_machine_is_for_tests_and_demos():
    assert rules.fault_in_provider("acme", "http://127.0.0.1:8000", DRAFT, loopback=True) is None


@pytest.mark.parametrize("slug", ["", "Acme", "1acme", "a b", "a/b", "a" * 41, "a_b", "acme\n", "\u00e4cme"])
def test_a_short_name_is_small_letters_digits_and_hyphens(slug):
    assert fault(slug=slug) == "slug"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("name", ""), ("name", " "), ("name", "a" * 41), ("name", "a\nb"), ("name", "see https://evil.example")),
        *(("client_id", ""), ("client_id", "a" * 192), ("client_id", "a\x00")),
        *(("client_secret", "a\nb"), ("client_secret", "\u00fc")),
        *(("scopes", ()), ("scopes", ("email",)), ("scopes", ("openid", 'a"b')), ("scopes", ("openid", ""))),
    ],
)
def test_every_field_of_a_provider_is_judged(field, value):
    assert fault(**{field: value}) == field


# --- Tokens -------------------------------------------------------------------------------------------------------


def test_good_claims_have_no_fault():
    assert rules.fault_in_id_token(GOOD, EXPECTED) is None


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({"exp": NOW.timestamp() - 59}, None),
        ({"exp": NOW.timestamp() - 60}, "exp"),
        ({"iat": NOW.timestamp() + 60}, None),
        ({"iat": NOW.timestamp() + 61}, "iat"),
        ({"nbf": NOW.timestamp() + 60}, None),
        ({"nbf": NOW.timestamp() + 61}, "nbf"),
        ({"nbf": None}, "nbf"),
        ({"auth_time": NOW.timestamp() + 61}, "auth_time"),
        ({"auth_time": None}, "auth_time"),
        ({"auth_time": NOW.timestamp() - 10**8}, None),
    ],
)
def test_clocks_may_differ_by_a_minute(claims, found):
    assert rules.fault_in_id_token(GOOD | claims, EXPECTED) == found


junk = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=3)


@given(st.sampled_from(["iss", "aud", "azp", "nonce", "sub", "exp", "iat", "nbf", "auth_time"]), junk)
def test_no_junk_in_a_claim_makes_the_judge_stumble(name, value):
    rules.fault_in_id_token(GOOD | {name: value}, EXPECTED)


@given(st.dictionaries(st.sampled_from([*GOOD, "email", "email_verified", "name"]), junk))
def test_junk_alone_is_never_believed(claims):
    good = all(claims.get(name) == value for name, value in GOOD.items() if name not in ("iat", "exp"))
    assert good or rules.fault_in_id_token(claims, EXPECTED) is not None
    email, verified = rules.upstream_email(claims)
    assert email.isascii()
    assert not verified or (email and claims["email_verified"] is True)
    assert rules.fault_in_name(rules.upstream_name(claims)) is None


# --- Links --------------------------------------------------------------------------------------------------------


def test_a_subject_is_its_own_key_as_long_as_it_fits():
    assert rules.link_key("u-1") == "u-1"
    assert rules.link_key("s" * 191) == "s" * 191
    assert rules.link_key("s" * 192).startswith("sha256:")


@given(st.text(min_size=1, max_size=255), st.text(min_size=1, max_size=255))
def test_two_subjects_never_share_a_key(one, two):
    assert (rules.link_key(one) == rules.link_key(two)) == (one == two)
    assert len(rules.link_key(one)) <= 191


def test_a_subject_that_looks_like_a_digest_is_not_taken_for_one():
    long = "s" * 255
    assert rules.link_key(rules.link_key(long)) != rules.link_key(long)


@pytest.mark.parametrize(
    ("said", "email", "verified"),
    [
        ({"email": "Ana@Example.com", "email_verified": True}, "ana@example.com", True),
        ({"email": "ana@example.com", "email_verified": "true"}, "ana@example.com", False),
        ({"email": "ana@example.com", "email_verified": 1}, "ana@example.com", False),
        ({"email": "ana@example.com"}, "ana@example.com", False),
        ({"email": "\u212ana@example.com", "email_verified": True}, "", False),
        ({"email": '"ana"@example.com', "email_verified": True}, "", False),
        ({"email": "a" * 250 + "@example.com", "email_verified": True}, "", False),
        ({"email": None, "email_verified": True}, "", False),
        ({}, "", False),
    ],
)
def test_an_address_counts_as_verified_when_the_provider_says_exactly_so(said, email, verified):
    assert rules.upstream_email(said) == (email, verified)


@pytest.mark.parametrize(
    ("said", "name"),
    [("Ana  Bell ", "Ana Bell"), ("a\x00b", ""), ("https://evil.example", ""), (7, ""), ("x" * 201, ""), (None, "")],
)
def test_a_name_is_taken_when_we_could_keep_it(said, name):
    assert rules.upstream_name({"name": said}) == name


def test_the_time_of_the_sign_in_there_is_read():
    at = NOW - timedelta(hours=1)
    assert rules.authenticated_at({"auth_time": int(at.timestamp())}) == at
    assert rules.authenticated_at({"auth_time": "then"}) is None
    assert rules.authenticated_at({}) is None
