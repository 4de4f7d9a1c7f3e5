"""When a session is over, which proofs are news, and what a device and an address are called."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.types import Method, Proof
from sessions_hub import rules

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("last_seen", "expires", "revoked", "over"),
    [
        (MINUTE, HOUR, False, False),
        (MINUTE, HOUR, True, True),
        (MINUTE, 0 * MINUTE, False, True),
        (2 * HOUR, HOUR, False, True),
        (2 * HOUR - MINUTE, HOUR, False, False),
    ],
)
def test_a_session_is_over_when_revoked_expired_or_idle_for_too_long(last_seen, expires, revoked, over):
    found = rules.is_over(
        now=NOON, last_seen_at=NOON - last_seen, idle=2 * HOUR, expires_at=NOON + expires, revoked=revoked
    )
    assert found is over


def test_a_policy_cannot_let_a_session_outlive_one_factor():
    assert rules.absolute_limit(now=NOON, seconds=3600) == NOON + HOUR
    assert rules.absolute_limit(now=NOON, seconds=365 * 24 * 3600) == NOON + 30 * DAY


def test_only_a_pause_of_over_an_hour_is_a_resumption():
    assert rules.resumed(now=NOON, last_seen_at=NOON - HOUR, resumed_at=None) is None
    assert rules.resumed(now=NOON, last_seen_at=NOON - HOUR, resumed_at=NOON - DAY) == NOON - DAY
    assert rules.resumed(now=NOON, last_seen_at=NOON - HOUR - MINUTE, resumed_at=NOON - DAY) == NOON


def test_news_are_the_proofs_after_the_last_of_their_method():
    known = [Proof(Method.PASSWORD, NOON - HOUR), Proof(Method.TOTP, NOON - MINUTE)]
    given = [
        Proof(Method.TOTP, NOON - HOUR),
        Proof(Method.PASSWORD, NOON - MINUTE),
        Proof(Method.PASSWORD, NOON - HOUR),
        Proof(Method.PASSWORD, NOON - 2 * MINUTE),
        Proof(Method.RECOVERY_CODE, NOON - DAY),
    ]
    assert rules.news(known, given, now=NOON) == [
        Proof(Method.RECOVERY_CODE, NOON - DAY),
        Proof(Method.PASSWORD, NOON - 2 * MINUTE),
        Proof(Method.PASSWORD, NOON - MINUTE),
    ]


def test_nothing_was_proved_later_than_now():
    assert rules.news((), [Proof(Method.PASSWORD, NOON + MINUTE)], now=NOON) == [Proof(Method.PASSWORD, NOON)]


def test_evidence_is_stored_to_the_microsecond():
    evidence = (Proof(Method.PASSWORD, NOON.replace(microsecond=123456)), Proof(Method.PASSKEY_UV, NOON))
    assert rules.read_evidence(rules.write_evidence(evidence)) == evidence


def test_a_method_nobody_knows_any_more_proves_nothing():
    assert rules.read_evidence([{"method": "retina", "at": NOON.isoformat()}]) == ()


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("198.51.100.23", "198.51.100.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:198.51.100.23", "198.51.100.0/24"),
        ("not an address", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_an_address_is_kept_as_the_network_it_lies_in(address, label):
    assert rules.label_address(address) == label
