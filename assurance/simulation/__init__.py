"""Populations with known truth: who really came is known, so that the judge can be judged."""

from assurance.simulation.people import Setting, make_population
from assurance.simulation.report import write_report
from assurance.simulation.results import Results, summarize
from assurance.simulation.trial import Visit, run_trial

__all__ = ["Results", "Setting", "Visit", "make_population", "run_trial", "summarize", "write_report"]
