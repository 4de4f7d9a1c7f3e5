"""What a step-up asks for, and when it is there."""

from datetime import UTC, datetime, timedelta

import pytest

from assurance.rules import is_met, methods_for
from assurance.types import Group, Proving, Reach, Wanted

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
ONE, TWO = "urn:throughline:1fa", "urn:throughline:2fa"


def reach(acr, *methods):
    return Reach(by=tuple(Proving(each, Group.POSSESSION, 1.0) for each in methods), acr=acr)


@pytest.mark.parametrize(
    ("wanted", "acr", "age", "met"),
    [
        (Wanted((TWO,)), TWO, 3600, True),
        (Wanted((TWO,)), ONE, 0, False),
        (Wanted((TWO, ONE)), ONE, 0, True),
        (Wanted((TWO,)), "phr", 0, True),
        (Wanted((TWO,), 600), TWO, 600, True),
        (Wanted((TWO,), 600), TWO, 601, False),
        (Wanted((), 600), "0", 600, True),
        (Wanted((), 0), ONE, 0, True),
        (Wanted((), 0), ONE, 31, False),
        (Wanted(("urn:example:gold",)), "phrh", 0, False),
    ],
)
def test_it_is_there_when_level_and_age_are(wanted, acr, age, met):
    proved = NOW - timedelta(seconds=age)
    assert is_met(wanted, acr=acr, auth_time=proved, begun_at=NOW - timedelta(seconds=30), now=NOW) is met


def test_nothing_proved_meets_nothing():
    for wanted in (Wanted((ONE,)), Wanted((), 600), Wanted((), 0)):
        assert not is_met(wanted, acr="0", auth_time=None, begun_at=NOW, now=NOW)


def test_one_method_stands_before_two_and_words_are_for_people():
    reaches = (reach("phr", "passkey_uv"), reach(TWO, "password", "totp"), reach(ONE, "password"))
    assert methods_for(Wanted((TWO,)), reaches) == ("passkey",)
    assert methods_for(Wanted((), 0), reaches) == ("passkey", "password")
    assert methods_for(Wanted((TWO,)), reaches[1:]) == ("totp", "password")


def test_the_second_factor_is_asked_again_and_not_the_password():
    reaches = (reach(TWO, "password"), reach(TWO, "totp"), reach(TWO, "recovery_code"))
    assert methods_for(Wanted((TWO,), 600), reaches) == ("totp", "recovery_code")
    assert methods_for(Wanted((TWO,), 600), reaches[:1]) == ("password",)


def test_a_level_that_nothing_leads_to_has_no_methods():
    assert methods_for(Wanted(("phrh",)), (reach("phr", "passkey_uv"),)) == ()
