from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.demo_file import read_demo
from kit import clock

STEP_SECONDS = 30


class Command(BaseCommand):
    help = "Show how somebody of the demo signs in: address, password and, where it takes one, the current code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("who", help="for example ana, ben, admin or support")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.DATA_DIR) / "demo.json"
        demo = read_demo(path)
        people = demo.get("customers", {}) | demo.get("operators", {})
        if options["who"] not in people:
            raise CommandError(f"{path} knows {', '.join(people) or 'nobody'}.")
        login = people[options["who"]]
        self.stdout.write(f"address   {login['email']}\npassword  {login['password']}")
        if secret := login.get("totp_secret"):
            step, age = divmod(int(clock.now().timestamp()), STEP_SECONDS)
            code = format_hotp_value(hotp_value(secret, step))
            self.stdout.write(f"code      {code}  (for {STEP_SECONDS - age} more seconds, and once)")
