"""`manage.py simulate`: try the judge on people who do not exist, and write down how it did."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from assurance.simulation import Setting, run_trials, write_report


class Command(BaseCommand):
    help = "Simulate a population with known truth and write a report on calibration, mistakes and step-ups."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        plain = Setting()
        parser.add_argument("--visits", type=int, default=plain.visits)
        parser.add_argument("--people", type=int, default=plain.people)
        parser.add_argument("--seed", type=int, default=plain.seed, help="the same seed gives the same report")
        parser.add_argument("--out", type=Path, default=Path("var/simulation"), metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        setting = Setting(people=options["people"], visits=options["visits"], seed=options["seed"])
        trials = run_trials(setting)
        page = write_report(trials, folder=options["out"])
        delivered = trials.delivered
        self.stdout.write(f"{delivered.visits} visits, expected calibration error {delivered.ece:.4f}: {page}")
