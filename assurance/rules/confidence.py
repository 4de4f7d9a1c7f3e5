"""One number from many lines: how surely the person in this session is the subject whose record is touched."""

import math
from collections.abc import Iterable
from dataclasses import replace

from assurance.rules.combination import combine, to_bits, to_probability, weigh
from assurance.types import Confidence, Evidence, Facts, Reach
from channel_registry.types import Ageing

AGE_OF_A_STEP_UP = 120.0
"""A proof is judged as it stands two minutes after it was given: the retry must still succeed."""


def aged(probability: float, ageing: Ageing, seconds: float) -> float:
    """What is left of a session's probability `seconds` after its proof: it fades to the base rate of its device."""
    if probability <= ageing.base:
        return probability
    left = math.exp(-max(seconds, 0.0) / ageing.per_seconds)
    return min(probability, ageing.base + (probability - ageing.base) * left)  # min: rounding must not raise it


def chained(session: float, p_match: float, h: float) -> float:
    """The probability that session and record are the same person's: propositions in a chain multiply.

    `h` is P(same person | both links wrong).
    """
    return session * p_match + h * (1.0 - session) * (1.0 - p_match)


def measure(facts: Facts) -> Confidence:
    """The confidence of facts, with every step on the way to it."""
    return _measure(facts, facts.evidence, _seconds(facts))


def reachable_confidence(facts: Facts, reach: Reach) -> float:
    """What would be reported two minutes after a step-up, everything else being equal."""
    return measure_after(facts, reach, AGE_OF_A_STEP_UP).reported


def measure_after(facts: Facts, reach: Reach, seconds: float) -> Confidence:
    """The confidence `seconds` after a step-up, everything else being equal."""
    given = [Evidence(each.method, each.group, each.bits, label="", source="") for each in reach.by]
    # A proof given again replaces its older self: it is the session that becomes young, and the others fade up to now.
    again = {each.method for each in reach.by}
    others = [_beside_a_new_proof(each) for each in facts.evidence if each.signal not in again]
    return _measure(facts, (*others, *given), seconds)


def session_needed(threshold: float, facts: Facts) -> float:
    """What the session itself must be worth so that, with the link to the record, `threshold` is met; above 1: never.

    The inverse of `chained`.
    """
    p_match = _p_match(facts)
    if p_match is None:
        return threshold
    offset = _h(facts) * (1.0 - p_match)
    return (threshold - offset) / (p_match - offset) if p_match > offset else 2.0


def _beside_a_new_proof(evidence: Evidence) -> Evidence:
    return evidence if evidence.covered_seconds is None else replace(evidence, covered_seconds=0.0)


def _h(facts: Facts) -> float:
    return 0.0 if facts.rule is None or facts.rule.high_risk else facts.h


def _measure(facts: Facts, evidence: Iterable[Evidence], seconds: float) -> Confidence:
    lines = weigh(evidence, facts.rule)
    prior_bits = to_bits(facts.prior)
    at_proof = to_probability(prior_bits + combine(lines, standing=False))
    faded = aged(at_proof, facts.ageing, seconds)
    session = _with_risk(faded, combine(lines, standing=True))
    p_match = _p_match(facts)
    reported = session if p_match is None else chained(session, p_match, _h(facts))
    if facts.session is None or not facts.subject_matches:
        reported = 0.0  # nobody is there of whom it could be said, or somebody else
    return Confidence(
        prior_bits=prior_bits,
        at_proof=at_proof,
        aged=faded,
        session=session,
        p_match=p_match,
        reported=min(reported, facts.ceiling),
        lines=lines,
    )


def _with_risk(probability: float, bits: float) -> float:
    if bits == 0.0 or probability in (0.0, 1.0):
        return probability
    return to_probability(to_bits(probability) + bits)


def _p_match(facts: Facts) -> float | None:
    if facts.link is None:
        return None
    return min(facts.link.p_match or 0.0, facts.match_ceiling)


def _seconds(facts: Facts) -> float:
    """How long the session has aged; one in which nothing was proved has aged for ever."""
    if facts.session is None or facts.session.proved_seconds is None:
        return math.inf
    return facts.session.proved_seconds
