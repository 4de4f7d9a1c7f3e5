"""`manage.py audit_verify`: check the journal against its seals."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.queries import verify_journal
from audit.types import SealedHead


class Command(BaseCommand):
    help = "Find every edited, removed, re-ordered, inserted or cut row of the journal; exit code 1 when there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--head", type=Path, metavar="FILE", help="a signed head that was exported earlier")
        parser.add_argument(
            "--public-key",
            action="append",
            default=[],
            help="a key to trust, raw Ed25519 in URL-safe base64; may be repeated; else that of SEAL_SIGNING_KEY",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify_journal(
            report=self.stdout.write,
            public_keys=[key.rstrip("=") for key in options["public_key"]],
            head=_read_head(options["head"]) if options["head"] else None,
        )
        counts = f"{verdict.events} events under {verdict.seals} seals, {verdict.unsealed} not yet sealed"
        if verdict.findings:
            self.stdout.write(f"journal broken: {verdict.findings} findings; {counts}")
            sys.exit(1)
        self.stdout.write(f"journal intact: {counts}")


def _read_head(path: Path) -> SealedHead:
    try:
        head = SealedHead(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CommandError(f"{path} is not a head that audit_seal exported: {error}") from error
    if not isinstance(head.number, int) or not isinstance(head.digest, str):
        raise CommandError(f"{path} is not a head that audit_seal exported.")
    return head
