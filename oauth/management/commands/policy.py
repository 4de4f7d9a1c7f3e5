"""`manage.py policy plan|apply|export`: channels, their policies and clients as one YAML file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from kit import clock
from kit.call import CallContext, system_caller
from kit.documents import read_document
from kit.ids import new_id
from kit.refusal import Refusal
from oauth.queries import export_document, plan_document
from oauth.services import apply_document


class Command(BaseCommand):
    """Keep channels, policies and clients in a file: see what it would change, apply it, write it out."""

    help = "Plan, apply or export channels, policies and clients as YAML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        for name, meaning in (("plan", "show what a file would change"), ("apply", "make it so, all or nothing")):
            what.add_parser(name, help=meaning).add_argument("file", type=Path)
        what.add_parser("export", help="write the present state as YAML")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["what"] == "export":
                self.stdout.write(yaml.safe_dump(export_document(), sort_keys=False, allow_unicode=True))
                return
            document = _read(options["file"])
            if options["what"] == "plan":
                self._show(plan_document(document), "Nothing would change.")
                return
            call = CallContext(caller=system_caller("policy"), now=clock.now(), trace_id=new_id())
            changes, secrets = apply_document(document=document, call=call)
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self._show(changes, "Nothing to change.")
        for client_id, secret in secrets.items():
            self.stdout.write(f"secret of {client_id}, shown this once: {secret}")

    def _show(self, changes: list[str], nothing: str) -> None:
        for change in changes or [nothing]:
            self.stdout.write(change)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = read_document(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not text in UTF-8.") from error
    if not isinstance(document, dict):
        raise CommandError(f"{path}: must hold `channels:` and `clients:`.")
    return document
