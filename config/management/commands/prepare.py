from typing import Any

from django.core import checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.exceptions import InconsistentMigrationHistory

from channel_registry.errors import ChannelExists
from channel_registry.queries import list_channels
from channel_registry.services import create_channel
from config.schema import of_another_version, require_current_tables
from config.supervisor.checks import CannotStart
from keyring.services import ensure_signing_key
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id
from kit.refusal import Refusal
from sessions_hub.browser import CHANNEL


class Command(BaseCommand):
    help = (
        "Make the database ready to serve: tables, the cache table, the first signing key, the channel that browsers "
        "sign in on. Safe to run at every start."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Each step does nothing where it was done before."""
        try:
            call_command("migrate", interactive=False, verbosity=options["verbosity"])
        except InconsistentMigrationHistory as error:
            raise CannotStart(of_another_version(str(error))) from error
        require_current_tables()
        call_command("createcachetable", verbosity=0)
        call = CallContext(caller=system_caller("prepare"), now=clock.now(), trace_id=new_id())
        try:
            ensure_signing_key(call=call)
            if CHANNEL not in {channel.slug for channel in list_channels()}:
                create_channel(slug=CHANNEL, name="Web", call=call)
        except ChannelExists:
            pass  # another node was a moment earlier
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        self._name_what_is_amiss(options["verbosity"])
        self.stdout.write(f"Ready: {connection.settings_dict['NAME']}.")

    def _name_what_is_amiss(self, verbosity: int) -> None:
        """The checks that ask the database, such as policies that nobody can meet: `migrate` called from here has none.

        Hints stand beside warnings only for whoever starts this by hand.
        """
        least = checks.INFO if verbosity else checks.WARNING
        for found in checks.run_checks(tags=[checks.Tags.database], databases=[connection.alias]):
            if found.level >= least:
                self.stderr.write(f"{found.msg} ({found.id})")
