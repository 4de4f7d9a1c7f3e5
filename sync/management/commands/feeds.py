"""`manage.py feeds plan|apply|export`: inbound feeds as one YAML file."""

from typing import Any

from kit.call import CallContext
from kit.document_command import DocumentCommand
from sync.queries import export_feeds, plan_feeds
from sync.services import apply_feeds


class Command(DocumentCommand):
    """Keep feeds in a file: see what it would change, apply it, write it out."""

    help = "Plan, apply or export inbound feeds as YAML."
    name = "feeds"
    holds = "`feeds:`"

    def plan(self, document: dict[str, Any]) -> list[str]:
        return plan_feeds(document)

    def apply(self, document: dict[str, Any], call: CallContext) -> tuple[list[str], dict[str, str]]:
        return apply_feeds(document=document, call=call), {}

    def export(self) -> dict[str, Any]:
        return export_feeds()

    def place_of(self, path: str) -> str:
        return path if path.startswith("feeds") else f"feeds.{path}"
