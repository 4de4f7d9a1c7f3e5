"""`manage.py policy plan|apply|export|lint`: channels, their policies and clients as one YAML file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from kit.call import CallContext
from kit.document_command import DocumentCommand
from oauth.queries import export_document, lint_document, list_notes, plan_document
from oauth.services import apply_document


class Command(DocumentCommand):
    """Keep channels, policies and clients in a file: see what it would change, apply it, write it out, compare it."""

    help = "Plan, apply or export channels, policies and clients as YAML; find actions that one channel guards less."
    name = "policy"
    holds = "`channels:` and `clients:`"

    def plan(self, document: dict[str, Any]) -> list[str]:
        return plan_document(document)

    def apply(self, document: dict[str, Any], call: CallContext) -> tuple[list[str], dict[str, str]]:
        return apply_document(document=document, call=call)

    def export(self) -> dict[str, Any]:
        return export_document()

    def add_actions(self, what: Any) -> None:
        super().add_actions(what)
        lint = what.add_parser("lint", help="name every action that one channel guards less than another; exit 1")
        lint.add_argument("file", type=Path, nargs="?", help="the channels of a file; else those in force")
        lint.add_argument("--allow", type=Path, help="a file with the list `accepted`; else the one in the file")

    def _lint(self, options: dict[str, Any]) -> None:
        document = self.read(options["file"]) if options["file"] else None
        accepted = self.read(options["allow"]) if options["allow"] else document or {}
        findings, unused = lint_document(document, accepted)
        for pair in unused:
            self.stdout.write(f"accepted, and not found: {pair}")
        for note in list_notes(document):
            self.stdout.write(f"note: {note}")
        self.show([str(finding) for finding in findings], "No action is guarded less on one channel than on another.")
        if findings:
            raise CommandError(f"{len(findings)} findings.", returncode=1)
