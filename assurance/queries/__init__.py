"""Questions of the judge; they never write."""

from assurance.queries.consents import ask_registry, consent_of, item_of, list_unknown_purposes
from assurance.queries.explanations import Explanation, get_explanation
from assurance.queries.flags import list_raised, list_risks, list_standing
from assurance.queries.learned import find_crowd, forget_learned, get_ceiling, list_feeds, list_weights
from assurance.queries.loading import Loaded, load, load_nothing
from assurance.queries.outcomes import list_facts, list_known
from assurance.queries.poisonings import Poisoning, list_poisoned, list_poisonings
from assurance.queries.records import Page, RecordedDecision, find_decision, list_decisions, pick_decisions
from assurance.queries.replaying import list_out_of_reach, list_unmeetable, replay

__all__ = [
    "Explanation",
    "Loaded",
    "Page",
    "Poisoning",
    "RecordedDecision",
    "ask_registry",
    "consent_of",
    "find_crowd",
    "find_decision",
    "forget_learned",
    "get_ceiling",
    "get_explanation",
    "item_of",
    "list_decisions",
    "list_facts",
    "list_feeds",
    "list_known",
    "list_out_of_reach",
    "list_poisoned",
    "list_poisonings",
    "list_raised",
    "list_risks",
    "list_standing",
    "list_unknown_purposes",
    "list_unmeetable",
    "list_weights",
    "load",
    "load_nothing",
    "pick_decisions",
    "replay",
]
