"""What roles allow, how an account's life may go, what a name is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import rules
from accounts.types import Role, Status

permissions = st.sampled_from(
    [
        "accounts.view_account",
        "accounts.change_account",
        "accounts.delete_account",
        "accounts.suspend_account",
        "accounts.view_identifier",
        "audit.view_event",
        "channel_registry.add_channel",
        "channel_registry.change_channel",
        "channel_registry.view_policyversion",
        "keyring.change_signingkey",
        "oauth.add_client",
        "oauth.change_client",
        "oauth.delete_client",
        "oauth.view_client",
        "oauth.view_grant",
        "sessions_hub.view_session",
    ]
)


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        (Role.ADMIN, ["accounts.suspend_account", "keyring.change_signingkey", "oauth.delete_client"], []),
        (Role.AUDITOR, ["audit.view_event", "oauth.view_client"], ["accounts.suspend_account", "oauth.add_client"]),
        (
            Role.AUTHOR,
            ["channel_registry.add_channel", "channel_registry.change_channel", "oauth.add_client"],
            ["oauth.delete_client", "channel_registry.delete_channel", "accounts.view_account", "oauth.view_grant"],
        ),
        (Role.APPROVER, ["channel_registry.view_channel", "oauth.view_client"], ["oauth.change_client"]),
        (Role.STEWARD, ["accounts.view_account", "accounts.view_identifier"], ["accounts.suspend_account"]),
        (
            Role.SUPPORT,
            ["accounts.view_account", "sessions_hub.view_session", "accounts.suspend_account"],
            ["accounts.change_account", "oauth.view_client"],
        ),
    ],
)
def test_each_role_allows_its_own_and_no_more(role, allowed, refused):
    assert [each for each in allowed if not rules.is_permitted({role}, each)] == []
    assert [each for each in refused if rules.is_permitted({role}, each)] == []


@given(st.sets(st.sampled_from(Role)), st.sets(st.sampled_from(Role)), permissions)
def test_two_roles_together_allow_what_one_of_them_allows(some, others, permission):
    together = rules.is_permitted(some | others, permission)
    assert together == (rules.is_permitted(some, permission) or rules.is_permitted(others, permission))


@given(permissions)
def test_no_role_and_unknown_roles_allow_nothing(permission):
    assert not rules.is_permitted(set(), permission)
    assert not rules.is_permitted({"emperor"}, permission)
    assert not rules.may_enter({"emperor"}, permission.partition(".")[0])


@given(st.sampled_from(Role), permissions)
def test_whoever_may_do_something_in_an_app_may_enter_it(role, permission):
    if rules.is_permitted({role}, permission):
        assert rules.may_enter({role}, permission.partition(".")[0])


@given(st.sampled_from(Status))
def test_nothing_comes_back_from_erasure(wanted):
    assert not rules.may_become(Status.ERASED, wanted)


def test_a_closed_account_can_only_be_erased():
    assert [each for each in Status if rules.may_become(Status.CLOSED, each)] == [Status.ERASED]


@given(st.text())
def test_a_tidy_name_stays_as_it_is(raw):
    tidy = rules.tidy_name(raw)
    assert rules.tidy_name(tidy) == tidy
    assert unicodedata.is_normalized("NFC", tidy)


@given(st.text(max_size=180), st.sampled_from("\x00\x07\n\r\t\x1b\x7f\u061c\u202e\u2066\u2028\ud800"))
def test_a_name_with_something_unprintable_is_refused(text, mark):
    assert rules.fault_in_name(f"{text[:90]}{mark}{text[90:]}") is not None


@pytest.mark.parametrize("name", ["", "Ana", "José María Ñúñez", "李小龍", "علی‌رضا", "O'Brien-Smith, Jr.", "👩‍🚀 Mae"])
def test_names_of_people_are_kept(name):
    assert rules.fault_in_name(rules.tidy_name(name)) is None


@pytest.mark.parametrize("name", ["a" * 201, "a" * 10_000, "You won https://evil.example"])
def test_what_is_no_name_is_refused(name):
    assert rules.fault_in_name(name) is not None


@pytest.mark.parametrize(("reason", "sound"), [("fraud_suspected", True), ("", False), ("Ana asked", False)])
def test_a_reason_is_a_code(reason, sound):
    assert rules.is_reason_code(reason) is sound


@pytest.mark.parametrize(
    ("secret", "sound"),
    [("JBSWY3DPEHPK3PXPJBSWY3DPEH", True), ("JBSWY3DPEHPK3PXP", False), ("jbswy3dpehpk3pxpjbswy3dpeh", False)],
)
def test_a_totp_secret_has_at_least_128_bits(secret, sound):
    assert rules.is_totp_secret(secret) is sound
