"""The judge on people who do not exist: calibrated, and better than asking always or never."""

import random
from functools import lru_cache

import pytest

from assurance.rules import chained, to_bits, to_probability
from assurance.simulation import Setting, run_trial, run_trials, summarize, write_report
from assurance.simulation.results import Bin, calibration_error

SETTING = Setting(people=200, visits=6000)
FEWER = Setting(people=100, visits=3000)


@lru_cache(maxsize=1)
def results():
    return summarize(run_trial(SETTING))


@lru_cache(maxsize=1)
def trials():
    return run_trials(FEWER)


def test_of_those_reported_sure_as_many_are_right():
    assert results().ece <= 0.02


def test_taught_by_outcomes_it_is_as_calibrated_on_people_it_has_not_seen():
    assert trials().taught.ece <= 0.02


def test_what_it_is_taught_lets_no_more_impostors_through():
    ours = {policy.name: policy for policy in trials().delivered.policies}["confidence"]
    taught = {policy.name: policy for policy in trials().taught.policies}["confidence"]
    assert taught.false_accepts <= ours.false_accepts + 0.05


def test_whoever_signs_in_as_herself_is_never_taken_for_another_of_the_household():
    others = [each for each in results().by_visitor if each[0] == "family_member_as_herself"]
    assert [(through, mean) for _, _, through, mean in others] == [(0.0, 0.0)]


def test_the_same_seed_tells_the_same_story():
    small = Setting(people=30, visits=300)
    assert run_trial(small) == run_trial(small)


def test_fewer_impostors_come_through_than_with_a_password_alone_and_fewer_customers_are_asked_than_always():
    policies = {policy.name: policy for policy in results().policies}
    ours, always, never = policies["confidence"], policies["MFA always"], policies["password only"]
    assert ours.false_accepts < never.false_accepts / 2
    assert ours.step_ups_per_thousand < always.step_ups_per_thousand / 3
    assert ours.turned_away < always.turned_away


def test_the_report_says_what_was_assumed_and_what_came_out(tmp_path):
    page = write_report(trials(), folder=tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "stolen_password" in text
    assert f"{trials().delivered.ece:.4f}" in text
    assert (tmp_path / "simulation.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(("combine", "is_calibrated"), [("multiply", True), ("add", False)])
def test_login_and_match_multiply_and_adding_their_log_odds_is_wrong(combine, is_calibrated):
    dice = random.Random(11)
    bins: dict[int, list[tuple[float, bool]]] = {}
    for _ in range(40_000):
        login, match = dice.uniform(0.6, 0.99), dice.uniform(0.6, 0.99)
        truth = dice.random() < login and dice.random() < match
        said = chained(login, match, 0.0) if combine == "multiply" else to_probability(to_bits(login) + to_bits(match))
        bins.setdefault(int(said * 20), []).append((said, truth))
    error = calibration_error(
        [
            Bin(0, 1, len(pairs), sum(p for p, _ in pairs) / len(pairs), sum(right for _, right in pairs) / len(pairs))
            for pairs in bins.values()
        ]
    )
    assert (error <= 0.02) is is_calibrated
    if not is_calibrated:
        assert error > 0.1
