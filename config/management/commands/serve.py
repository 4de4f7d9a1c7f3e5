import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.environment import env, read_number
from config.health import NotReady, check_static_files
from config.serving import WebServer, counting_in, default_workers


class Command(BaseCommand):
    help = "Become the web server of this gateway; SIGTERM lets requests in flight end. Run `prepare` first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=env.str("WEB_HOST", default="127.0.0.1"), help="WEB_HOST (127.0.0.1)")
        parser.add_argument("--port", type=int, default=read_number("PORT", 8000), help="PORT (8000)")
        parser.add_argument(
            "--workers", type=int, default=read_number("WEB_WORKERS", default_workers()), help="WEB_WORKERS"
        )
        parser.add_argument("--threads", type=int, default=read_number("WEB_THREADS", 16), help="WEB_THREADS (16)")

    def handle(self, *args: Any, **options: Any) -> None:
        server = WebServer(
            host=options["host"], port=options["port"], workers=options["workers"], threads=options["threads"]
        )
        try:
            check_static_files()
            counting = counting_in(Path(settings.DATA_DIR) / "metrics" / f"web-{server.port}")
        except NotReady as missing:
            raise CommandError(str(missing)) from missing
        except OSError as error:
            raise CommandError(f"Cannot write to {settings.DATA_DIR}: {error.strerror}. Set DATA_DIR.") from error
        command = server.command()
        # Not a child but this very process: a signal sent to it reaches the server.
        os.execve(command[0], command, {**os.environ, **counting, "THROUGHLINE_MODE": settings.MODE})  # noqa: S606  our own words
