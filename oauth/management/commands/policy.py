"""`manage.py policy plan|apply|export|lint`: channels, their policies and clients as one YAML file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError

from channel_registry.errors import PolicyInvalid
from kit import clock
from kit.call import CallContext, system_caller
from kit.documents import find_line, read_document
from kit.ids import new_id
from kit.refusal import Refusal
from oauth.queries import export_document, lint_document, list_notes, plan_document
from oauth.services import apply_document


class Command(BaseCommand):
    """Keep channels, policies and clients in a file: see what it would change, apply it, write it out, compare it."""

    help = "Plan, apply or export channels, policies and clients as YAML; find actions that one channel guards less."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        for name, meaning in (("plan", "show what a file would change"), ("apply", "make it so, all or nothing")):
            what.add_parser(name, help=meaning).add_argument("file", type=Path)
        what.add_parser("export", help="write the present state as YAML")
        lint = what.add_parser("lint", help="name every action that one channel guards less than another; exit 1")
        lint.add_argument("file", type=Path, nargs="?", help="the channels of a file; else those in force")
        lint.add_argument("--allow", type=Path, help="a file with the list `accepted`; else the one in the file")

    def handle(self, *args: Any, **options: Any) -> None:
        act = {"plan": self._plan, "apply": self._apply, "export": self._export, "lint": self._lint}[options["what"]]
        try:
            act(options)
        except PolicyInvalid as error:
            line = find_line(options["file"].read_text(encoding="utf-8"), error.path) if options.get("file") else None
            raise CommandError(f"{options['file']}:{line}: {error.detail}" if line else error.detail) from error
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal

    def _plan(self, options: dict[str, Any]) -> None:
        self._show(plan_document(_read(options["file"])), "Nothing would change.")

    def _apply(self, options: dict[str, Any]) -> None:
        call = CallContext(caller=system_caller("policy"), now=clock.now(), trace_id=new_id())
        changes, secrets = apply_document(document=_read(options["file"]), call=call)
        self._show(changes, "Nothing to change.")
        for client_id, secret in secrets.items():
            self.stdout.write(f"secret of {client_id}, shown this once: {secret}")

    def _export(self, options: dict[str, Any]) -> None:
        self.stdout.write(yaml.safe_dump(export_document(), sort_keys=False, allow_unicode=True))

    def _lint(self, options: dict[str, Any]) -> None:
        document = _read(options["file"]) if options["file"] else None
        accepted = _read(options["allow"]) if options["allow"] else document or {}
        findings, unused = lint_document(document, accepted)
        for pair in unused:
            self.stdout.write(f"accepted, and not found: {pair}")
        for note in list_notes(document):
            self.stdout.write(f"note: {note}")
        self._show([str(finding) for finding in findings], "No action is guarded less on one channel than on another.")
        if findings:
            raise CommandError(f"{len(findings)} findings.", returncode=1)

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
