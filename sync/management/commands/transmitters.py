"""`manage.py transmitters plan|apply|export`: whose security events are heard, as one YAML file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from kit import clock
from kit.call import CallContext, system_caller
from kit.documents import find_line, read_document
from kit.ids import new_id
from kit.refusal import Refusal
from sync.errors import TransmitterInvalid
from sync.queries import export_transmitters, plan_transmitters
from sync.services import apply_transmitters


class Command(BaseCommand):
    """Keep transmitters in a file: see what it would change, apply it, write it out."""

    help = "Plan, apply or export as YAML whose security events (SSF, CAEP, RISC) are heard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        for name, meaning in (("plan", "show what a file would change"), ("apply", "make it so, all or nothing")):
            what.add_parser(name, help=meaning).add_argument("file", type=Path)
        what.add_parser("export", help="write the present state as YAML")

    def handle(self, *args: Any, **options: Any) -> None:
        act = {"plan": self._plan, "apply": self._apply, "export": self._export}[options["what"]]
        try:
            act(options)
        except TransmitterInvalid as error:
            line = find_line(options["file"].read_text(encoding="utf-8"), error.path)
            raise CommandError(f"{options['file']}:{line}: {error.detail}" if line else error.detail) from error
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal

    def _plan(self, options: dict[str, Any]) -> None:
        self._show(plan_transmitters(_read(options["file"])), "Nothing would change.")

    def _apply(self, options: dict[str, Any]) -> None:
        call = CallContext(caller=system_caller("transmitters"), now=clock.now(), trace_id=new_id())
        self._show(apply_transmitters(document=_read(options["file"]), call=call), "Nothing to change.")

    def _export(self, options: dict[str, Any]) -> None:
        self.stdout.write(yaml.safe_dump(export_transmitters(), sort_keys=False, allow_unicode=True))

    def _show(self, changes: list[str], nothing: str) -> None:
        for change in changes or [nothing]:
            self.stdout.write(change)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = read_document(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read as text.") from error
    if not isinstance(document, dict):
        raise CommandError(f"{path}: must hold `transmitters:`.")
    return document
