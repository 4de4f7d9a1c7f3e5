"""`manage.py connections plan|apply|export|secret`: connected systems as one YAML file, and their secrets beside it."""

import sys
from typing import Any

from kit import clock
from kit.call import CallContext, system_caller
from kit.document_command import DocumentCommand
from kit.ids import new_id
from sync.queries import export_connections, plan_connections
from sync.services import apply_connections, rotate_secret


class Command(DocumentCommand):
    """Keep connected systems in a file: see what it would change, apply it, write it out, give one a secret."""

    help = "Plan, apply or export connected systems as YAML. Secrets are never in it; a new one is shown once."
    name = "connections"
    holds = "`connections:`"

    def add_actions(self, what: Any) -> None:
        super().add_actions(what)
        secret = what.add_parser("secret", help="give a system a new secret; of a webhook it is made and shown once")
        secret.add_argument("slug", help="its short name")
        secret.add_argument(
            "--stdin", action="store_true", help="read it from the standard input: the token that the system wants"
        )

    def plan(self, document: dict[str, Any]) -> list[str]:
        return plan_connections(document)

    def apply(self, document: dict[str, Any], call: CallContext) -> tuple[list[str], dict[str, str]]:
        return apply_connections(document=document, call=call)

    def export(self) -> dict[str, Any]:
        return export_connections()

    def _secret(self, options: dict[str, Any]) -> None:
        slug, given = options["slug"], sys.stdin.readline().rstrip("\r\n") if options["stdin"] else None
        call = CallContext(caller=system_caller(self.name), now=clock.now(), trace_id=new_id())
        made = rotate_secret(slug=slug, secret=given, call=call)
        self.stdout.write(f"{slug} has it." if made == given else f"secret of {slug}, shown this once: {made}")
