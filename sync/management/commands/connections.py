"""`manage.py connections plan|apply|export`: connected systems as one YAML file."""

from typing import Any

from kit.call import CallContext
from kit.document_command import DocumentCommand
from sync.queries import export_connections, plan_connections
from sync.services import apply_connections


class Command(DocumentCommand):
    """Keep connected systems in a file: see what it would change, apply it, write it out."""

    help = "Plan, apply or export connected systems as YAML. Secrets are never in it; a new one is shown once."
    name = "connections"
    holds = "`connections:`"

    def plan(self, document: dict[str, Any]) -> list[str]:
        return plan_connections(document)

    def apply(self, document: dict[str, Any], call: CallContext) -> tuple[list[str], dict[str, str]]:
        return apply_connections(document=document, call=call)

    def export(self) -> dict[str, Any]:
        return export_connections()
