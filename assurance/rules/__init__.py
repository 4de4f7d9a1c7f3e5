"""Judgement, pure: evidence to a number, a number and a policy to an outcome."""

from assurance.rules.combination import combine, to_bits, to_probability, weigh
from assurance.rules.confidence import aged, chained, measure, reachable_confidence
from assurance.rules.freshness import effective_bits
from assurance.rules.judgement import judge
from assurance.rules.limits import allowed_seconds, impossible_rules

__all__ = [
    "aged",
    "allowed_seconds",
    "chained",
    "combine",
    "effective_bits",
    "impossible_rules",
    "judge",
    "measure",
    "reachable_confidence",
    "to_bits",
    "to_probability",
    "weigh",
]
