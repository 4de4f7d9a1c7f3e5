"""`manage.py provisioning_tokens make|list|revoke`: bearer tokens for systems that push people by SCIM."""

from argparse import ArgumentParser
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id
from kit.refusal import NotFound, Refusal
from oauth import services
from oauth.queries import list_provisioning_tokens
from oauth.types import LONGEST_PROVISIONING


class Command(BaseCommand):
    """Make, list and revoke tokens that a client keeps for months."""

    help = "Bearer tokens with which a client calls /scim/v2/: make one (it is printed once), list them, revoke one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        ways = parser.add_subparsers(dest="way", required=True)
        make = ways.add_parser("make", help="make one for a client with the scope scim; older ones go on")
        make.add_argument("client", help="the client_id")
        make.add_argument("--days", type=int, default=365, help=f"its lifetime, to {LONGEST_PROVISIONING.days} (365)")
        ways.add_parser("list", help="which there are")
        revoke = ways.add_parser("revoke", help="end one now, on every node")
        revoke.add_argument("ref", help="its name, as `list` says it")

    def handle(self, *, way: str, **options: object) -> None:
        """One of the three; a refusal is one clear line."""
        try:
            {"make": self._make, "list": self._list, "revoke": self._revoke}[way](options)
        except NotFound as refusal:
            raise CommandError(f"There is no {options.get('client') or options['ref']}.") from refusal
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal

    def _make(self, options: dict[str, object]) -> None:
        days = min(int(str(options["days"])), LONGEST_PROVISIONING.days + 1)  # more than a timedelta holds is too long
        ref, token = services.make_provisioning_token(
            client_id=str(options["client"]), lifetime=timedelta(days=max(days, 0)), call=_call()
        )
        self.stdout.write(f"{ref}\n{token}")

    def _list(self, _options: dict[str, object]) -> None:
        for each in list_provisioning_tokens(now=clock.now()):
            state = "live" if each.is_live else "over"
            self.stdout.write(f"{each.ref}  {each.client_id}  until {each.expires_at:%Y-%m-%d}  {state}")

    def _revoke(self, options: dict[str, object]) -> None:
        ended = services.revoke_provisioning_token(ref=str(options["ref"]), call=_call())
        self.stdout.write("Revoked." if ended else "It was revoked before.")


def _call() -> CallContext:
    return CallContext(caller=system_caller("provisioning_tokens"), now=clock.now(), trace_id=new_id())
