from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo.seed import SecretsLost, seed_demo
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id


class Command(BaseCommand):
    help = "Make the demo's people, channels and clients, and write DATA_DIR/demo.json. Running it again is harmless."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.MODE == "production":
            raise CommandError("Demo data has published logins; production does not take it.")
        path = Path(settings.DATA_DIR) / "demo.json"
        call = CallContext(caller=system_caller("demo_seed"), now=clock.now(), trace_id=new_id())
        try:
            seeded = seed_demo(path=path, issuer=settings.ISSUER_URL, call=call)
        except SecretsLost as lost:
            raise CommandError(
                f"{lost} is in the database, but its secret is not in {path}. "
                "Put the file back, or start again with an empty DATA_DIR and database."
            ) from lost
        except ValueError as error:
            raise CommandError(f"{path} cannot be read: {error}. Remove it together with the database.") from error
        except OSError as error:
            raise CommandError(f"Cannot write {path}: {error.strerror}.") from error
        for each in seeded.told:
            self.stderr.write(each, self.style.WARNING)  # heard even where the rest is not
        self.stdout.write(f"The demo's logins and clients are in {path}.")
