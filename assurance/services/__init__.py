"""Deeds of the judge."""

from assurance.services.binding import bind_device
from assurance.services.decisions import decide
from assurance.services.entries import judge_entry
from assurance.services.estimating import estimate_weights
from assurance.services.evaluations import evaluate, evaluate_all
from assurance.services.feeds import record_feed_health
from assurance.services.labels import label_decision
from assurance.services.learning import learn_change, learn_failure, learn_population, learn_session
from assurance.services.measuring import measure_confidence
from assurance.services.risks import clear_risk, forget_subject, raise_risk

__all__ = [
    "bind_device",
    "clear_risk",
    "decide",
    "estimate_weights",
    "evaluate",
    "evaluate_all",
    "forget_subject",
    "judge_entry",
    "label_decision",
    "learn_change",
    "learn_failure",
    "learn_population",
    "learn_session",
    "measure_confidence",
    "raise_risk",
    "record_feed_health",
]
