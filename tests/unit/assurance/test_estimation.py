"""Weights and the ceiling from outcomes: bounded, smoothed, and exact where statistics are."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance.rules import count_top, estimate, estimate_ceiling
from assurance.rules.estimation import FEWEST_LABELS, MOST_STEP, lower_bound, upper_bound
from assurance.signals import gather_evidence, keys_of, list_defaults
from assurance.types import Failure, Group, Material, Profile, RiskKind, Standing, Witnessed
from tests.services.assurance.conftest import NOW
from tests.unit.assurance.cases import facts, proof

FEW = settings(max_examples=30, deadline=None)  # making one takes longer than judging it

KNOWN, NEW = ("device", "known"), ("device", "new")
NOW_BITS = {KNOWN: 2.58, NEW: -0.8}
KINDS = {"device": 2}


def someone(is_customer, key):
    shown = proof("device", NOW_BITS[key], Group.DEVICE_NETWORK, value_class=key[1])
    return Witnessed(is_customer, facts(prior=0.5, evidence=(shown,)), (key,))


def people(customers_known, customers_new, others_known, others_new):
    return [
        *[someone(True, KNOWN)] * customers_known,
        *[someone(True, NEW)] * customers_new,
        *[someone(False, KNOWN)] * others_known,
        *[someone(False, NEW)] * others_new,
    ]


def test_too_few_labels_change_nothing():
    assert estimate(people(100, 10, FEWEST_LABELS - 1, 0), now=NOW_BITS, kinds=KINDS) == ()


def test_a_weight_moves_towards_what_was_seen_by_half_a_bit_at_most():
    known, new = estimate(people(900, 100, 50, 950), now=NOW_BITS, kinds=KINDS)
    assert (known.signal, known.value_class) == KNOWN
    assert known.bits == pytest.approx(2.58 + MOST_STEP)
    assert new.bits == pytest.approx(-0.8 - MOST_STEP)


def test_run_after_run_it_arrives_at_the_ratio_of_the_smoothed_shares():
    seen, bits = people(90, 10, 30, 70), dict(NOW_BITS)
    for _ in range(20):
        bits = {(e.signal, e.value_class): e.bits for e in estimate(seen, now=bits, kinds=KINDS)}
    assert bits[KNOWN] == pytest.approx(math.log2(91 / 31), abs=0.05)


def test_a_weight_stays_where_moving_it_would_make_the_same_decisions_less_true():
    """Thieves come on new devices, which the network has told already: counted twice it would be too much."""
    told = proof("network", -4.0, Group.BEHAVIOR)

    def case(is_customer):
        shown = proof("device", NOW_BITS[NEW], Group.DEVICE_NETWORK, value_class="new")
        return Witnessed(is_customer, facts(prior=0.5, evidence=(told, shown)), (None, NEW))

    seen = [*[case(True)] * 40, *[case(False)] * 60, *[someone(True, KNOWN)] * 900]
    (_, new) = estimate(seen, now=NOW_BITS, kinds=KINDS)
    assert new.m < new.u / 8, "by its shares alone it would weigh three bits more against her"
    assert new.bits == new.was


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=4, max_size=4))
def test_no_outcome_moves_a_weight_further_than_a_step(counts):
    for each in estimate(people(*counts), now=NOW_BITS, kinds=KINDS):
        assert abs(each.bits - each.was) <= MOST_STEP + 1e-9
        assert 0 < each.m < 1
        assert 0 < each.u < 1


@pytest.mark.parametrize(
    ("labels", "errors", "ceiling"),
    [
        (0, 0, 0.9995),
        (2999, 0, 0.9995),
        (3000, 0, 1 - 0.000998),
        (100_000, 0, 1 - 0.00003),
        (1000, 1, 0.9995),
        (1000, 5, 1 - 0.01048),
    ],
)
def test_the_ceiling_stays_until_labels_say_more_or_errors_say_less(labels, errors, ceiling):
    assert estimate_ceiling(labels, errors) == pytest.approx(ceiling, abs=2e-5)


@given(st.integers(1, 5000), st.data())
@FEW
def test_the_observed_error_lies_between_its_bounds(labels, data):
    errors = data.draw(st.integers(0, min(labels, 200)))
    assert lower_bound(labels, errors) <= errors / labels <= upper_bound(labels, errors)


def test_bounds_are_those_of_clopper_and_pearson():
    # No errors in n trials: 1 - 0.05 ** (1/n). One in ten: the tables' 0.0051 and 0.3942.
    assert upper_bound(100, 0) == pytest.approx(1 - 0.05**0.01, abs=1e-9)
    assert lower_bound(10, 1) == pytest.approx(0.0051, abs=1e-4)
    assert upper_bound(10, 1) == pytest.approx(0.3942, abs=1e-4)


def test_only_the_surest_decisions_count_for_the_ceiling_even_after_it_came_down():
    said = [(0.9995, True), (0.999, False), (0.9989, False), (0.5, False)]
    assert count_top(said, 0.9995) == (2, 1)
    assert count_top(said, 0.9980) == (3, 2)


def test_every_weight_a_signal_asks_for_is_one_that_can_be_estimated():
    material = Material(
        now=NOW,
        channel="web",
        proofs=(("password", NOW), ("totp", NOW)),
        counted_methods=("password",),
        device_sessions=1,
        shared_by=2,
        standing=(Standing(RiskKind.BOT, "test", NOW),),
        identifiers={"email": NOW},
        human_checked_at=NOW,
    )
    found = {key for key in keys_of(gather_evidence(material)) if key}
    assert found == {
        ("device", "new"),
        ("device", "shared"),
        ("human_check", "checked"),
        ("identifiers", "young"),
        ("password", "correct"),
        ("risk", "bot"),
    }


def test_changes_and_failures_rest_on_weights_of_their_own():
    profile = Profile(changed={"password": NOW, "email": NOW}, failures=(Failure(NOW),) * 3)
    shown = {key for key in keys_of(gather_evidence(Material(now=NOW, channel="web", profile=profile))) if key}
    assert {("changes", "changed_lately"), ("failures", "some")} <= shown
    assert shown <= set(list_defaults())
