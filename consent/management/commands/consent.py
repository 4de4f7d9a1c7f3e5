"""`manage.py consent plan|apply|export`: purposes, notices and processors as one YAML file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from consent.errors import PurposeInvalid
from consent.queries import export_catalog, plan_catalog
from consent.services import apply_catalog
from kit import clock
from kit.call import CallContext, system_caller
from kit.documents import find_line, read_document
from kit.ids import new_id
from kit.refusal import Refusal


class Command(BaseCommand):
    """Keep purposes, notices and processors in a file: see what it would change, apply it, write it out."""

    help = "Plan, apply or export purposes, notices and processors as YAML. A published notice never changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        for name, meaning in (("plan", "show what a file would change"), ("apply", "make it so, all or nothing")):
            what.add_parser(name, help=meaning).add_argument("file", type=Path)
        what.add_parser("export", help="write the present state as YAML")

    def handle(self, *args: Any, **options: Any) -> None:
        act = {"plan": self._plan, "apply": self._apply, "export": self._export}[options["what"]]
        try:
            act(options)
        except PurposeInvalid as error:
            line = find_line(options["file"].read_text(encoding="utf-8"), error.path) if error.path else None
            raise CommandError(f"{options['file']}:{line}: {error.detail}" if line else error.detail) from error
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal

    def _plan(self, options: dict[str, Any]) -> None:
        self._show(plan_catalog(_read(options["file"])), "Nothing would change.")

    def _apply(self, options: dict[str, Any]) -> None:
        call = CallContext(caller=system_caller("consent"), now=clock.now(), trace_id=new_id())
        self._show(apply_catalog(document=_read(options["file"]), call=call), "Nothing to change.")

    def _export(self, options: dict[str, Any]) -> None:
        self.stdout.write(yaml.safe_dump(export_catalog(), sort_keys=False, allow_unicode=True))

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
        raise CommandError(f"{path}: must hold `purposes:`, `notices:` and `processors:`.")
    return document
