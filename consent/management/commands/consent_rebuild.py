"""`manage.py consent_rebuild`: does what holds follow from what was chosen?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.services import rebuild_states
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id

_MOST_NAMED = 20


class Command(BaseCommand):
    help = (
        "Derive the state of every party from its events alone and compare with what is stored; check the chain of "
        "hashes. Nothing is changed without --repair."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="write differing states as they should be")

    def handle(self, *args: Any, **options: Any) -> None:
        parties = states = events = overtaken = 0
        differences: list[str] = []
        broken: list[str] = []
        after: str | None = ""
        while after is not None:
            call = CallContext(caller=system_caller("consent_rebuild"), now=clock.now(), trace_id=new_id())
            found = rebuild_states(after=after, repair=options["repair"], call=call)
            parties, states, events = parties + found.parties, states + found.states, events + found.events
            overtaken += found.overtaken
            differences += found.differences
            broken += found.broken
            after = found.after
        self.stdout.write(f"{events} events of {parties} parties, {states} states, {overtaken} judged anew")
        self.stdout.write(f"{len(differences)} differences, {len(broken)} events that do not hold")
        for each in [*differences, *broken][:_MOST_NAMED]:
            self.stdout.write(f"  {each}")
        if broken or (differences and not options["repair"]):
            raise CommandError("What is stored does not follow from the events.")
