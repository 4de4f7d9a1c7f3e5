"""`manage.py reestimate`: what signals should weigh, and what may be reported, by what came of decisions."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from assurance.services import estimate_weights
from assurance.types import Estimation
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id


class Command(BaseCommand):
    help = (
        "Estimate the weights of signals anew from labelled outcomes and print old beside new. Nothing is changed "
        "without --apply. A weight moves half a bit in one run at most."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="let decisions weigh by the new values")

    def handle(self, *args: Any, **options: Any) -> None:
        call = CallContext(caller=system_caller("reestimate"), now=clock.now(), trace_id=new_id())
        found = estimate_weights(apply=options["apply"], call=call)
        self.stdout.write(render(found))
        self.stdout.write("applied" if options["apply"] else "nothing changed: run again with --apply")


def render(found: Estimation) -> str:
    """The table of old and new."""
    top = f"{found.top_labels} of the surest labelled, {found.top_errors} wrong"
    lines = [
        f"{found.decisions} decisions of which it is known who it was",
        f"ceiling {found.ceiling_was:.4f} -> {found.ceiling:.4f} ({top})",
    ]
    if not found.weights:
        return "\n".join([*lines, "too few labels: of customers and of others, 30 each are needed"])
    lines.append(f"{'signal':<16} {'class':<24} {'labels':>7} {'m':>7} {'u':>7} {'bits':>7} {'new':>7}")
    lines += [
        f"{each.signal:<16} {each.value_class:<24} {each.labels:>7} {each.m:>7.3f} {each.u:>7.3f} {each.was:>+7.2f} "
        f"{each.bits:>+7.2f}"
        for each in found.weights
    ]
    return "\n".join(lines)
