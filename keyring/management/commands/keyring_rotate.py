from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keyring import services
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id
from kit.refusal import Refusal

_LONGEST_SECONDS = 10 * 365 * 24 * 3600


class Command(BaseCommand):
    help = (
        "Retire the signing key, activate the one published ahead of it, publish a new next one. "
        "The first run on an empty database makes the first keys."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One option: what becomes of retired keys."""
        parser.add_argument(
            "--remove-retired-older-than",
            type=int,
            metavar="SECONDS",
            help="also stop publishing keys that retired at least so long ago; tokens they signed verify no more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, then remove; a refusal is one clear line."""
        seconds: int | None = options["remove_retired_older_than"]
        if seconds is not None and not 0 <= seconds <= _LONGEST_SECONDS:
            raise CommandError("--remove-retired-older-than takes a number of seconds, from 0 to ten years.")
        call = CallContext(caller=system_caller("keyring_rotate"), now=clock.now(), trace_id=new_id())
        try:
            key = services.rotate_signing_key(call=call)
            removed = (
                services.remove_retired_keys(retired_for=timedelta(seconds=seconds), call=call)
                if seconds is not None
                else 0
            )
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"Active key: {key.kid}. Removed retired keys: {removed}.")
