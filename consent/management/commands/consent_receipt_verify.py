"""`manage.py consent_receipt_verify`: is a receipt that somebody brings ours, and is the register still of its mind?"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.queries import check_receipt

_LONGEST = 64 * 1024


class Command(BaseCommand):
    help = "Verify a consent receipt (a JWS in a file): its signature, by any key there ever was, and its event."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = options["file"].read_text(encoding="ascii")[:_LONGEST].strip()
        except (OSError, ValueError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        if wrong := check_receipt(text):
            raise CommandError("\n".join(wrong))
        self.stdout.write("The receipt is ours, and the register says the same.")
