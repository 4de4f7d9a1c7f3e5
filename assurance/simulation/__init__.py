"""Populations with known truth: who really came is known, so that the judge can be judged."""

from assurance.simulation.people import Setting, make_population
from assurance.simulation.report import Trials, write_report
from assurance.simulation.results import Results, summarize
from assurance.simulation.trial import Visit, learn_from, run_trial
from assurance.simulation.trials import run_trials
from assurance.simulation.visits import Learned

__all__ = [
    "Learned",
    "Results",
    "Setting",
    "Trials",
    "Visit",
    "learn_from",
    "make_population",
    "run_trial",
    "run_trials",
    "summarize",
    "write_report",
]
