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
        said = json.loads(path.read_text(encoding="utf-8"))
        return SealedHead(
            number=int(said["number"]),
            digest=str(said["digest"]),
            sealed_at=str(said["sealed_at"]),
            public_key=str(said["public_key"]),
            signature=str(said["signature"]),
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CommandError(f"{path} is not a head that audit_seal exported: {error!r}") from error
