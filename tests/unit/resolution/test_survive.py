"""Which value is believed: level before rank before recency before completeness, whatever order claims come in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.types import IdentifierLevel
from resolution.rules import alike, find_row, survive
from resolution.types import CONTESTED, Claim, Ruling

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORDER = {"phone": ("gateway", "crm", "cdp")}
OBSERVED, ASSERTED, VERIFIED = IdentifierLevel.OBSERVED, IdentifierLevel.SELF_ASSERTED, IdentifierLevel.VERIFIED


def says(source, value, *, level=ASSERTED, hours=0, completeness=1, record="", attribute="phone"):
    at = NOON + timedelta(hours=hours)
    return Claim(attribute, value, source, record or f"rec_{source}", level, at, at, completeness=completeness)


def believed(*claims, orders=ORDER):
    return survive(claims, orders)


def test_who_is_alone_is_believed():
    (golden,) = believed(says("cdp", "1"))
    assert (golden.claim.value, golden.ruling, golden.is_contested) == ("1", Ruling.UNCONTESTED, False)


def test_who_agree_are_no_conflict_whatever_case_they_write_in():
    (golden,) = survive(
        [says("crm", "Ana@Tree.example ", attribute="email"), says("cdp", "ana@tree.example", attribute="email")], {}
    )
    assert (golden.ruling, golden.against) == (Ruling.AGREED, ())


@pytest.mark.parametrize(
    ("winner", "loser", "ruling"),
    [
        (says("cdp", "1", level=VERIFIED), says("crm", "2", hours=5), Ruling.LEVEL),
        (says("crm", "1"), says("cdp", "2", hours=5), Ruling.RANK),
        (says("crm", "1", hours=1), says("crm", "2", record="rec_other", completeness=9), Ruling.RECENCY),
        (says("crm", "1", completeness=3), says("crm", "2", record="rec_a"), Ruling.COMPLETENESS),
        (says("crm", "1", record="rec_a"), says("crm", "2", record="rec_b"), Ruling.NAME),
    ],
)
def test_the_first_thing_in_which_they_differ_decides_and_is_the_ruling(winner, loser, ruling):
    for claims in ([winner, loser], [loser, winner]):
        (golden,) = believed(*claims)
        assert (golden.claim, golden.ruling, golden.against) == (winner, ruling, (loser,))


def test_a_verified_preference_beats_an_older_inferred_one_of_a_better_source():
    inferred = says("crm", "sms", level=OBSERVED, hours=-48, attribute="contact_by")
    (golden,) = survive(
        [inferred, says("cdp", "mail", level=VERIFIED, attribute="contact_by")], {"contact_by": ("crm", "cdp")}
    )
    assert (golden.claim.value, golden.ruling) == ("mail", Ruling.LEVEL)


def test_who_is_not_asked_for_a_use_is_listed_and_not_believed_however_sure():
    proofed = says("cdp", "2", level=IdentifierLevel.PROOFED)
    (golden,) = believed(says("gateway", "1"), proofed, orders={"phone": ("gateway",)})
    assert (golden.claim.value, golden.ruling, golden.unbelieved) == ("1", Ruling.UNCONTESTED, (proofed,))
    assert believed(proofed, orders={"phone": ("gateway",)}) == ()


def test_a_ruling_names_the_strongest_that_says_otherwise_and_not_one_that_agrees():
    winner, agrees = says("gateway", "1", level=VERIFIED), says("crm", "1", level=VERIFIED)
    (golden,) = believed(winner, agrees, says("cdp", "2"))
    assert (golden.ruling, [each.source for each in golden.against]) == (Ruling.LEVEL, ["cdp"])


def test_an_attribute_goes_by_its_own_row_before_that_of_its_family():
    assert find_row("phone") == ("phone", "contact_points")
    assert find_row("shoe_size") == ("shoe_size",)


def test_a_number_and_its_text_are_not_the_same():
    assert not alike(1, "1")
    assert not alike(True, 1)
    assert alike(2, 2)


claims = st.builds(
    says,
    st.sampled_from(["gateway", "crm", "cdp", "desk"]),
    st.sampled_from(["1", "2", "3"]),
    level=st.sampled_from(list(IdentifierLevel)),
    hours=st.integers(-2, 2),
    completeness=st.integers(1, 2),
    record=st.sampled_from(["rec_a", "rec_b"]),
    attribute=st.sampled_from(["phone", "city"]),
)


@given(st.lists(claims, max_size=8), st.randoms())
def test_any_order_of_arrival_gives_the_same_answer(said, random):
    shuffled = list(said)
    random.shuffle(shuffled)
    assert survive(said, ORDER) == survive(shuffled, ORDER)


@given(st.lists(claims, min_size=1, max_size=8))
def test_nobody_who_is_asked_and_overruled_was_surer_and_every_conflict_has_its_ruling(said):
    for golden in survive(said, ORDER):
        assert golden.is_contested == bool(golden.against)
        assert (golden.ruling in CONTESTED) == bool(golden.against)
        assert all(each.level <= golden.claim.level for each in golden.against)
        assert golden.claim in said


@given(st.lists(claims, min_size=1, max_size=6), claims)
def test_one_voice_more_never_makes_a_less_sure_one_win(said, another):
    before = {each.claim.attribute: each.claim.level for each in survive(said, ORDER)}
    after = {each.claim.attribute: each.claim.level for each in survive([*said, another], ORDER)}
    assert all(after[name] >= level for name, level in before.items())
