"""Poison is found beyond chance, its beginning is found exactly, and a healthy feed is left alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.types import Health
from sync.rules import exceeds, find_onset, find_poison, judge_fuse
from sync.types import FeedFacts, FeedKind, FeedSettings, FieldRule, Sifted, Tally

CRM = FeedSettings(
    name="CRM",
    source="crm",
    kind=FeedKind.PROFILE,
    client="crm",
    freshness=60,
    fields={"phone": FieldRule(most_null=0.3), "city": FieldRule(most_null=1.0)},
    period=3600,
    least=10,
    most=1000,
    canary_id="canary",
)


def tally(count, nulls=0, refused=0):
    return Tally(received=count, refused=refused, fields={"phone": (count - refused, nulls)})


def sifted(what, **said):
    return Sifted(fit=(), faults=(), tally=what, **said)


def poison_in(*tallies, volume=1, **said):
    *before, last = tallies
    return find_poison(sifted(last, **said), before, CRM, volume=volume)


def test_ninety_percent_of_phones_null_are_poison_at_once():
    found = poison_in(tally(200, 20), tally(200, 180))
    assert (found.reason, found.since) == ("nulls:phone", 0)


def test_a_share_within_the_bound_and_a_field_nobody_watches_are_none():
    assert poison_in(tally(200, 50)) is None
    assert poison_in(Tally(100, 0, {"city": (100, 100)})) is None


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (poison_in(tally(100, refused=40)), "schema"),
        (poison_in(tally(1), volume=1001), "volume"),
        (poison_in(tally(1), canary_lives=False), "canary"),
    ],
)
def test_other_poisons_are_named(found, reason):
    assert found.reason == reason


def test_one_record_at_a_time_poisons_slowly_and_is_traced_to_where_it_began():
    good = [tally(1, 0) for _ in range(50)]
    found, count = None, 0
    for count in range(1, 30):
        found = poison_in(*good, *[tally(1, 1) for _ in range(count)])
        if found:
            break
    assert (found.reason, found.since) == ("nulls:phone", count - 1)
    assert count <= 10


def test_a_sound_delivery_is_not_held_for_the_ones_before_it():
    assert find_onset([(9, 10), (0, 1)], 0.3) is None


def test_a_healthy_day_of_twenty_thousand_single_records_raises_no_alarm():
    dice = random.Random(7)
    counts = [(int(dice.random() < 0.2), 1) for _ in range(20_000)]
    assert [at for at in range(1, len(counts)) if find_onset(counts[max(0, at - 100) : at], 0.5) is not None] == []


@given(st.integers(0, 60), st.integers(1, 40), st.floats(0, 0.9))
def test_what_is_wholly_good_before_the_poison_is_never_taken_back(good, bad, bound):
    onset = find_onset([(0, 1)] * good + [(1, 1)] * bad, bound)
    assert onset is None or onset == bad - 1


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 1))
def test_no_share_that_is_not_above_the_bound_exceeds_it(bad, more, bound):
    total = bad + more
    if exceeds(bad, total, bound):
        assert bad / total > bound


def health(age=0.0, canary_age: float | None = 0.0, received=100, observed=10_000.0, poisoned_by=""):
    return judge_fuse(FeedFacts(age, canary_age, received, observed, poisoned_by), CRM)


@pytest.mark.parametrize(
    ("age", "expected"),
    [(60, Health.OK), (61, Health.LATE), (181, Health.STALE), (721, Health.FAILED)],
)
def test_age_in_freshness_objectives_is_the_fuse(age, expected):
    assert health(age)[0] is expected
    assert health(0.0, float(age))[0] is expected


def test_the_worst_counts_and_says_why():
    assert health() == (Health.OK, "")
    assert health(received=9) == (Health.LATE, "too_few")
    assert health(received=9, observed=100) == (Health.OK, ""), "it has not been watched for a whole period"
    assert health(canary_age=None) == (Health.FAILED, "canary_silent")
    assert health(9999, poisoned_by="nulls:phone") == (Health.POISONED, "nulls:phone")


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_older_is_never_healthier(one, other):
    order = list(Health)
    younger, older = sorted((one, other))
    assert order.index(health(younger)[0]) <= order.index(health(older)[0])
