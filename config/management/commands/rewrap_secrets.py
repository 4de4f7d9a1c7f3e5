from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

import accounts.services
import audit.services
import keyring.services
import notifications.services
import sessions_hub.services
import sync.services
from kit import clock
from kit.call import CallContext, system_caller
from kit.rewrapping import Rewrapped
from kit.trace import current_trace_id

#: Everything that is stored under KEY_ENCRYPTION_KEY, with the deed that wraps some of it anew.
STORED: dict[str, Callable[..., Rewrapped]] = {
    "signing keys": keyring.services.rewrap_signing_keys,
    "data keys of subjects": audit.services.rewrap_subject_keys,
    "secrets of authenticators": accounts.services.rewrap_authenticators,
    "secrets at providers": accounts.services.rewrap_provider_secrets,
    "changes of address": accounts.services.rewrap_email_changes,
    "messages": notifications.services.rewrap_messages,
    "secrets of connected systems": sync.services.rewrap_connection_secrets,
    "what waits for connected systems": sync.services.rewrap_deliveries,
    "browser sessions": sessions_hub.services.rewrap_browser_sessions,
}
#: Content that opens under no key counts as none and goes with its cookie.
EXPENDABLE = {"browser sessions"}


class Command(BaseCommand):
    help = (
        "After KEY_ENCRYPTION_KEY was replaced and every process restarted: wrap what is stored under a previous key "
        "anew, so that KEY_ENCRYPTION_KEY_PREVIOUS can go. Interrupt it and run it again as you like."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Table by table, each in small transactions; what is under the new key already is passed over."""
        lost = 0
        for name, rewrap in STORED.items():
            renewed, unreadable = _rewrap_all(rewrap)
            lost += 0 if name in EXPENDABLE else unreadable
            self.stdout.write(f"{name}: {renewed} wrapped anew" + (f", {unreadable} unreadable" if unreadable else ""))
        if lost:
            raise CommandError(f"{lost} values open under none of the keys. Is a previous key missing?")
        self.stdout.write("Nothing is left under a previous key: KEY_ENCRYPTION_KEY_PREVIOUS can go.")


def _rewrap_all(rewrap: Callable[..., Rewrapped]) -> tuple[int, int]:
    renewed = unreadable = 0
    after: str | int | None = None
    while True:
        call = CallContext(caller=system_caller("rewrap_secrets"), now=clock.now(), trace_id=current_trace_id())
        found = rewrap(after=after, call=call)
        renewed, unreadable, after = renewed + found.renewed, unreadable + found.unreadable, found.after
        if after is None:
            return renewed, unreadable
