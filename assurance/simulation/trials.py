"""Two trials: the judge as it is delivered, and as outcomes of a first population taught it, on another one."""

from dataclasses import replace

from assurance.simulation.people import Setting
from assurance.simulation.report import Trials
from assurance.simulation.results import summarize
from assurance.simulation.trial import learn_from, run_trial
from assurance.simulation.visits import Learned

ROUNDS = 4


def run_trials(setting: Setting) -> Trials:
    """Everything a report is about; the same setting gives the same report."""
    first = run_trial(setting)
    learned = learn_from(first, Learned(), rounds=ROUNDS)
    second = run_trial(replace(setting, seed=setting.seed + 1), learned)
    return Trials(setting=setting, delivered=summarize(first), taught=summarize(second), learned=learned)
