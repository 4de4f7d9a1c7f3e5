"""Judgement, pure: evidence to a number, a number and a policy to an outcome."""

from assurance.rules.catalogue import ENTRY_ACTION, find_rule
from assurance.rules.combination import combine, to_bits, to_probability, weigh
from assurance.rules.confidence import aged, chained, measure, reachable_confidence, session_needed
from assurance.rules.estimation import count_top, estimate, estimate_ceiling
from assurance.rules.feasibility import device_of_channel, out_of_reach, unmeetable
from assurance.rules.features import code, features_of
from assurance.rules.freshness import effective_bits, list_degraded, list_lacking
from assurance.rules.judgement import judge
from assurance.rules.likelihood import habit_bits
from assurance.rules.limits import DEFAULT_CEILING, allowed_seconds, impossible_rules
from assurance.rules.questions import read_question, read_questions
from assurance.rules.reach import list_reaches
from assurance.rules.replaying import under
from assurance.rules.stepping import is_met, methods_for
from assurance.rules.stored import read_facts, write_facts, write_judgement
from assurance.rules.travel import is_impossible_travel
from assurance.rules.wording import name_probability, name_seconds, tell

__all__ = [
    "DEFAULT_CEILING",
    "ENTRY_ACTION",
    "aged",
    "allowed_seconds",
    "chained",
    "code",
    "combine",
    "count_top",
    "device_of_channel",
    "effective_bits",
    "estimate",
    "estimate_ceiling",
    "features_of",
    "find_rule",
    "habit_bits",
    "impossible_rules",
    "is_impossible_travel",
    "is_met",
    "judge",
    "list_degraded",
    "list_lacking",
    "list_reaches",
    "measure",
    "methods_for",
    "name_probability",
    "name_seconds",
    "out_of_reach",
    "reachable_confidence",
    "read_facts",
    "read_question",
    "read_questions",
    "session_needed",
    "tell",
    "to_bits",
    "to_probability",
    "under",
    "unmeetable",
    "weigh",
    "write_facts",
    "write_judgement",
]
