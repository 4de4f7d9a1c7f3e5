"""The report: medians of the rounds that count, ratios against the goals, and honesty about the rest."""

import pytest

from bench import report
from bench.plan import DOT_TUNED, GATEWAY, OIDC_MEMORY, OIDC_REDIS
from bench.results import Endings, Flood, Lookup, Results
from bench.rounds import Round


def rate(per_second: float) -> Round:
    return Round(per_second=per_second, p50=1.0, p99=3.0, server_cpu=0.2, database_cpu=0.1, busy=2.0)


@pytest.fixture
def results() -> Results:
    results = Results(command="make bench", began="today", argon2_per_second=60.0)
    for per_second in (900.0, 1000.0, 5000.0):
        results.add(GATEWAY, "client credentials", rate(per_second))
    results.add(OIDC_MEMORY, "client credentials", rate(800.0))
    results.add(DOT_TUNED, "client credentials", rate(500.0))
    results.add(GATEWAY, "password sign-in", rate(30.0))
    results.flood = Flood(quiet_p99=2.0, flooded_p99=3.0, quiet_rate=1000, flooded_rate=900, sign_ins=5)
    return results


def write(results: Results, notes: str = "") -> str:
    return report.write(results, seconds=10, connections=8, notes=notes)


def test_figures_are_medians_of_the_rounds_that_count(results):
    results.add(GATEWAY, "client credentials", Round(fault="WrongAnswer: 500"))
    assert results.median(GATEWAY, "client credentials").per_second == 1000.0
    assert results.ratio(GATEWAY, OIDC_MEMORY, "client credentials") == 1.25


def test_goals_are_reached_missed_or_not_measured(results):
    lines = write(results).splitlines()
    assert f"| G1 | client credentials, of {OIDC_MEMORY} | ≥ 1 × | 1.25 × | reached |" in lines
    assert f"| G1 | client credentials, of {DOT_TUNED} | ≥ 7 × | 2.00 × | **missed** |" in lines
    assert f"| G3 | refresh, of {OIDC_REDIS} | ≥ 2 × | – | not measured |" in lines
    assert f"| G5 | decision, of introspection at {OIDC_REDIS} | ≥ 1.25 × | – | not measured |" in lines
    assert "| G8 | password sign-in, of bare argon2id (60/s) | ≥ 0.85 × | 0.50 × | **missed** |" in lines
    assert any(line.startswith("| G9 |") and "1.50 ×" in line and line.endswith("reached |") for line in lines)
    assert "| G10 | p99 / p50, client credentials | ≤ 4 | 3.0 | reached |" in lines


def test_a_round_that_does_not_count_and_a_peer_that_is_missing_are_named(results):
    results.add(OIDC_REDIS, "refresh", Round(fault="WrongAnswer: expected 200"))
    results.missing["toolkit, as shipped"] = "node is not installed"
    text = write(results)
    assert f"* {OIDC_REDIS}, refresh: WrongAnswer: expected 200" in text
    assert "* Left out: toolkit, as shipped: node is not installed" in text


def test_what_was_written_below_by_hand_is_kept(results):
    text = write(results, notes="\n## Why\n\nBecause.\n")
    assert text.endswith(f"{report.NOTES}\n## Why\n\nBecause.\n")


def test_what_no_load_shows_is_said_in_a_section_of_its_own(results):
    assert "relying parties hear of an ended session was not measured" in write(results)
    results.lookups = [Lookup(what="the session itself", p50=95.04, p99=310.0, statements=1)]
    results.endings = Endings(parties=3, samples=100, lost=0, told=300, p50=41.2, p99=90.6)
    text = write(results)
    assert "| the session itself | 95.0 | 310.0 | 1 |" in text
    assert "3 relying parties, 100 sessions one" in text
    assert "p50 41 ms, p99 91 ms." in text


def test_endings_that_somebody_never_confirmed_are_not_hidden(results):
    results.endings = Endings(parties=3, samples=100, lost=2, told=297, p50=41.2, p99=90.6)
    assert "p99 91 ms; 2 were not confirmed by all of them." in write(results)
