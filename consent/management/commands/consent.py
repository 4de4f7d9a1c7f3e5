"""`manage.py consent plan|apply|export`: purposes, notices and processors as one YAML file."""

from typing import Any

from consent.queries import export_catalog, plan_catalog
from consent.services import apply_catalog
from kit.call import CallContext
from kit.document_command import DocumentCommand


class Command(DocumentCommand):
    """Keep purposes, notices and processors in a file: see what it would change, apply it, write it out."""

    help = "Plan, apply or export purposes, notices and processors as YAML. A published notice never changes."
    name = "consent"
    holds = "`purposes:`, `notices:` and `processors:`"

    def plan(self, document: dict[str, Any]) -> list[str]:
        return plan_catalog(document)

    def apply(self, document: dict[str, Any], call: CallContext) -> tuple[list[str], dict[str, str]]:
        return apply_catalog(document=document, call=call), {}

    def export(self) -> dict[str, Any]:
        return export_catalog()
