"""The number: evidence adds in bits, propositions multiply, a session fades to its device's base rate."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.rules import aged, chained, effective_bits, measure, to_bits, to_probability, weigh
from assurance.types import Evidence, Group, Health, Link
from channel_registry.types import Ageing
from tests.unit.assurance.cases import (
    CODE,
    HISTORY,
    KNOWN_DEVICE,
    NETWORK,
    OWN_BROWSER,
    PASSWORD,
    STOLEN,
    facts,
    proof,
    session,
)

BITS = st.floats(-20, 20, allow_nan=False)
PIECES = st.builds(
    Evidence,
    signal=st.sampled_from("abcdef"),
    group=st.sampled_from(list(Group)),
    bits=BITS,
    label=st.just(""),
    source=st.just("test"),
    age_seconds=st.floats(0, 1e8),
    tau_seconds=st.none() | st.floats(1, 1e8),
    health=st.sampled_from(list(Health)),
    standing=st.booleans(),
    missing=st.booleans(),
)
AGEINGS = st.builds(Ageing, base=st.floats(0.05, 0.95), per_seconds=st.floats(60, 1e7))


def score(pieces, seconds=0.0, ageing=OWN_BROWSER):
    return measure(facts(evidence=tuple(pieces), ageing=ageing, session=session(proved_seconds=seconds)))


def test_the_worked_example_comes_out_line_by_line():
    found = score([PASSWORD, CODE, NETWORK], seconds=2 * 3600)
    assert found.prior_bits == pytest.approx(5.01, abs=0.01)
    assert to_probability(found.prior_bits + 3.0) == pytest.approx(0.9961, abs=5e-5)
    assert to_probability(found.prior_bits + 7.6) == pytest.approx(0.9998, abs=6e-5)
    assert found.at_proof == pytest.approx(0.9997, abs=5e-5)
    assert found.session == pytest.approx(0.9917, abs=1e-4)
    matched = measure(
        replace(facts(evidence=(PASSWORD, CODE, NETWORK), link=Link(0.962)), session=session(proved_seconds=7200.0))
    )
    assert matched.reported == pytest.approx(0.954, abs=5e-4)


def test_a_stale_known_device_weighs_what_the_example_says():
    stale = replace(KNOWN_DEVICE, health=Health.OK, age_seconds=-math.log(0.05) * 30 * 86400)
    assert effective_bits(stale) == pytest.approx(0.32, abs=0.01)


@given(st.lists(PIECES, max_size=8), PIECES, st.floats(0, 1e7), AGEINGS)
def test_a_positive_never_lowers_a_negative_never_raises_a_missing_one_does_neither(pieces, piece, seconds, ageing):
    before = score(pieces, seconds, ageing).session
    after = score([*pieces, piece], seconds, ageing).session
    if piece.missing:
        assert after == before
    elif piece.bits > 0:
        assert after >= before - 1e-12
    else:
        assert after <= before + 1e-12


@given(st.lists(PIECES, max_size=8), st.randoms())
def test_the_order_of_evidence_does_not_matter(pieces, random):
    mixed = list(pieces)
    random.shuffle(mixed)
    assert score(mixed).session == pytest.approx(score(pieces).session, rel=1e-9, abs=1e-15)


@given(PIECES, st.floats(0, 1e8))
def test_age_and_a_sick_feed_shrink_evidence_on_both_sides(piece, more):
    if piece.standing and piece.bits < 0:
        return
    fresh = effective_bits(replace(piece, health=Health.OK, age_seconds=0.0))
    older = effective_bits(replace(piece, age_seconds=(piece.age_seconds or 0.0) + more))
    assert abs(effective_bits(piece)) <= abs(fresh) + 1e-9
    assert abs(older) <= abs(effective_bits(piece)) + 1e-9


@given(st.floats(0, 1e9), st.sampled_from(list(Health)))
def test_a_standing_risk_never_shrinks(age, health):
    assert effective_bits(replace(STOLEN, age_seconds=age, tau_seconds=60.0, health=health)) == STOLEN.bits


def test_a_poisoned_feed_weighs_nothing():
    assert effective_bits(replace(KNOWN_DEVICE, health=Health.POISONED)) == 0.0


def test_in_a_group_the_strongest_counts_and_half_of_the_next_and_no_third():
    pieces = [proof(str(bits), bits) for bits in (1.0, 4.0, 2.0, -3.0, -1.0, -0.5)]
    assert [line.counted for line in weigh(pieces)] == [0.0, 4.0, 1.0, -3.0, -0.5, 0.0]


def test_standing_risks_add_up_in_full_and_after_ageing():
    twice = score([PASSWORD, STOLEN, replace(STOLEN, signal="sim_swap")], seconds=3600)
    assert to_bits(twice.session) == pytest.approx(to_bits(twice.aged) - 18.0, abs=1e-6)


@given(st.floats(0.001, 0.999), AGEINGS, st.floats(0, 1e8), st.floats(0, 1e8))
def test_a_session_fades_towards_its_base_and_never_below(probability, ageing, seconds, more):
    now, later = aged(probability, ageing, seconds), aged(probability, ageing, seconds + more)
    assert later <= now <= probability
    assert later >= min(probability, ageing.base) - 1e-12


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_links_in_a_chain_multiply_and_never_add_up(session_probability, p_match):
    together = chained(session_probability, p_match, 0.0)
    assert together <= min(session_probability, p_match)


def test_adding_log_odds_of_login_and_match_would_overstate_by_eighteen_points():
    added = to_probability(to_bits(0.9) + to_bits(0.9))
    assert added - chained(0.9, 0.9, 0.0) == pytest.approx(0.18, abs=0.005)


def test_what_is_reported_has_a_ceiling_and_so_has_a_match():
    sure = [proof(f"p{group}", 30.0, group) for group in Group]
    assert measure(facts(evidence=tuple(sure))).reported == 0.9995
    assert measure(facts(evidence=tuple(sure), link=Link(1.0))).p_match == 0.99


def test_an_unknown_link_is_worth_nothing():
    assert measure(facts(link=Link(None))).reported == 0.0


def test_nothing_proved_is_the_base_rate_of_the_device_at_most():
    unproved = measure(facts(session=session(acr="0", proved_seconds=None), rule=HISTORY))
    assert unproved.session == pytest.approx(0.90)


@given(st.floats(-60, 60))
def test_bits_and_probabilities_are_two_names_of_one_thing(bits):
    probability = to_probability(bits)
    if 1e-12 < probability < 1 - 1e-12:
        assert to_bits(probability) == pytest.approx(bits, abs=1e-3)
