from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from keyring.services import remove_retired_keys, rotate_signing_key
from kit import clock
from kit.call import CallContext, system_caller
from kit.trace import current_trace_id
from oauth.services import revoke_provisioning_tokens
from sessions_hub.queries import list_signed_in
from sessions_hub.services import revoke_sessions_of

REASON = "everything_revoked"
AT_ONCE = 500


class Command(BaseCommand):
    help = (
        "For an incident: end every customer's and operator's session with all that hangs on it, and stop every token "
        "that is out by a new signing key. Everybody signs in again; clients ask for new tokens."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--everything", action="store_true", help="say that you mean it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Keys first: they stop all tokens within a second, while sessions take as long as there are many."""
        if not options["everything"]:
            raise CommandError("This signs everybody out. Say so with --everything.")
        rotate_signing_key(call=_call())  # the one that was published ahead may be known to others as well:
        rotate_signing_key(call=_call())
        removed = remove_retired_keys(retired_for=timedelta(0), call=_call())
        revoke_provisioning_tokens(call=_call())
        ended = 0
        while subjects := list_signed_in(now=clock.now(), limit=AT_ONCE):
            ended += sum(revoke_sessions_of(subject=sub, reason=REASON, call=_call()) for sub in subjects)
        self.stdout.write(f"Ended {ended} sessions; removed {removed} signing keys.")


def _call() -> CallContext:
    return CallContext(caller=system_caller("revoke_everything"), now=clock.now(), trace_id=current_trace_id())
