import io
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection, connections

from config.supervisor.checks import CannotStart, first_line
from config.supervisor.greeting import greeting
from config.supervisor.house import start_children, wait_until_all_answer, watch
from config.supervisor.launch import add_options, current_launch


class Command(BaseCommand):
    help = "Run everything on this machine: database, web, worker, beat, demo and example sites. Ctrl-C ends it all."
    requires_system_checks = ()  # the children check; here it would only cost time

    def add_arguments(self, parser: CommandParser) -> None:
        add_options(parser, os.environ)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # whoever reads a pipe waits for us too
        launch = current_launch()
        check_database()
        self.stdout.write("Preparing the database ...")
        prepare_database()
        if launch.demo:
            call_command("demo_seed", stdout=io.StringIO())
        for each in connections.all():
            each.close()
        start_children(launch)
        wait_until_all_answer(launch)
        self.stdout.write(greeting(launch, settings.ISSUER_URL))
        watch(launch)


def check_database() -> None:
    """CannotStart when the configured database does not let us in."""
    probe = connection.copy("probe")
    if probe.vendor == "postgresql":
        probe.settings_dict["OPTIONS"]["connect_timeout"] = 5
    try:
        probe.ensure_connection()
    except DatabaseError as error:
        name = "DATABASE_URL" if os.environ.get("DATABASE_URL") else str(probe.settings_dict["NAME"])
        raise CannotStart(f"the database cannot be used ({name}): {first_line(error)}") from error
    finally:
        probe.close()


def prepare_database() -> None:
    """Make the database ready; with a cache table also beside Valkey, for commands that run while it does not."""
    try:
        call_command("prepare", verbosity=0, stdout=io.StringIO())
        call_command("createcachetable", "cache", verbosity=0)
    except DatabaseError as error:
        raise CannotStart(
            f"the database refuses the migrations: {first_line(error)}. "
            "Before 1.0 a demo of an earlier day may need an empty DATA_DIR."
        ) from error
