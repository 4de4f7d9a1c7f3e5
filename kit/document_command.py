"""Commands that keep rows in a file: `plan FILE` says what would change, `apply FILE` makes it so, `export`."""

from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kit import clock
from kit.call import CallContext, system_caller
from kit.documents import find_line, read_document, write_document
from kit.ids import new_id
from kit.refusal import Refusal


class DocumentCommand(BaseCommand):
    """What such commands share; each says how its document is planned, applied and exported.

    `name` is how the journal calls who applies it, `holds` what a document must hold. A refusal with a `path` is told
    with the line it stands on.
    """

    name: str
    holds: str

    def plan(self, document: dict[str, Any]) -> list[str]:
        """What the document would change."""
        raise NotImplementedError

    def apply(self, document: dict[str, Any], call: CallContext) -> tuple[list[str], Mapping[str, str]]:
        """What applying the document changed, and secrets that were made: shown this once, by whose they are."""
        raise NotImplementedError

    def export(self) -> dict[str, Any]:
        """The present state as a document."""
        raise NotImplementedError

    def place_of(self, path: str) -> str:
        """Where in the document stands what a refusal calls `path`."""
        return path

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_actions(parser.add_subparsers(dest="what", required=True))

    def add_actions(self, what: Any) -> None:
        """The actions of the command; further ones are methods `_<name>` that take the options."""
        for name, meaning in (("plan", "show what a file would change"), ("apply", "make it so, all or nothing")):
            what.add_parser(name, help=meaning).add_argument("file", type=Path)
        what.add_parser("export", help="write the present state as YAML")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['what']}")(options)
        except Refusal as refusal:
            raise CommandError(self._told(refusal, options.get("file"))) from refusal

    def read(self, path: Path) -> dict[str, Any]:
        """The document in a file; raises CommandError."""
        document = read_document(_text_of(path))
        if not isinstance(document, dict):
            raise CommandError(f"{path}: must hold {self.holds}.")
        return document

    def show(self, lines: Iterable[str], nothing: str) -> None:
        """One line each, or the words for none."""
        for line in list(lines) or [nothing]:
            self.stdout.write(line)

    def _plan(self, options: dict[str, Any]) -> None:
        self.show(self.plan(self.read(options["file"])), "Nothing would change.")

    def _apply(self, options: dict[str, Any]) -> None:
        call = CallContext(caller=system_caller(self.name), now=clock.now(), trace_id=new_id())
        changes, secrets = self.apply(self.read(options["file"]), call)
        self.show(changes, "Nothing to change.")
        for whose, secret in secrets.items():
            self.stdout.write(f"secret of {whose}, shown this once: {secret}")

    def _export(self, _options: dict[str, Any]) -> None:
        self.stdout.write(write_document(self.export()))

    def _told(self, refusal: Refusal, file: Path | None) -> str:
        path = getattr(refusal, "path", "")
        line = find_line(_text_of(file), self.place_of(path)) if file and path else None
        return f"{file}:{line}: {refusal.detail}" if line else str(refusal.detail)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not text in UTF-8.") from error
