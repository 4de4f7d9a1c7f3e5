"""`manage.py transmitters plan|apply|export`: whose security events are heard, as one YAML file."""

from typing import Any

from kit.call import CallContext
from kit.document_command import DocumentCommand
from sync.queries import export_transmitters, plan_transmitters
from sync.services import apply_transmitters


class Command(DocumentCommand):
    """Keep transmitters in a file: see what it would change, apply it, write it out."""

    help = "Plan, apply or export as YAML whose security events (SSF, CAEP, RISC) are heard."
    name = "transmitters"
    holds = "`transmitters:`"

    def plan(self, document: dict[str, Any]) -> list[str]:
        return plan_transmitters(document)

    def apply(self, document: dict[str, Any], call: CallContext) -> tuple[list[str], dict[str, str]]:
        return apply_transmitters(document=document, call=call), {}

    def export(self) -> dict[str, Any]:
        return export_transmitters()
