"""`manage.py audit_seal`: seal the journal now and print its signed head."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from audit import services
from audit.queries import find_head
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id


class Command(BaseCommand):
    help = (
        "Seal every event that is not yet sealed, write the signed head to DATA_DIR/seals and print it. "
        "Keep the head where nobody who can write the database can write; `audit_verify --head` checks against it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        while seal := services.seal_journal(call=_call()):
            self.stderr.write(f"seal {seal.number}: {seal.events} events")
        head = find_head()
        if head is None:
            self.stderr.write("nothing to seal: the journal is empty")
            return
        try:
            services.export_head(directory=Path(settings.DATA_DIR) / "seals", call=_call())
        except OSError as error:
            self.stderr.write(f"the head could not be written to DATA_DIR: {error}")
        self.stdout.write(json.dumps(asdict(head), indent=2))


def _call() -> CallContext:
    return CallContext(caller=system_caller("audit_seal"), now=clock.now(), trace_id=new_id())
