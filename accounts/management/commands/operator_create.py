"""Make an account for somebody who runs the gateway."""

import sys
from argparse import ArgumentParser

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import services
from accounts.models import Account
from accounts.types import Role
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id, new_secret
from kit.refusal import Refusal
from kit.unit_of_work import unit_of_work


class Command(BaseCommand):
    help = (
        "Make an operator: an account with roles and two factors. The password (unless it comes through "
        "--password-stdin) and the secret for the authenticator app are printed once and kept nowhere in clear."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="login address; taken as verified")
        parser.add_argument("--name", default="", help="what colleagues see")
        parser.add_argument(
            "--role", action="append", required=True, choices=[str(each) for each in Role], help="may be repeated"
        )
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *, email: str, name: str, role: list[str], password_stdin: bool, **options: object) -> None:
        password = sys.stdin.readline().rstrip("\n") if password_stdin else new_secret()
        secret = generate_totp_secret()
        call = CallContext(caller=system_caller("operator_create"), now=clock.now(), trace_id=new_id())
        try:
            validate_password(password, Account(email=email, name=name))
            with unit_of_work():  # an operator without a second factor must not come to be
                account = services.register_operator(
                    email=email, password=password, name=name, roles=[Role(each) for each in role], call=call
                )
                services.enroll_totp(sub=account.sub, secret=secret, call=call)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal

        lines = {"sub": account.sub, "email": account.email, "roles": ", ".join(sorted(role))}
        if not password_stdin:
            lines["password"] = password
        lines["authenticator secret"] = secret
        lines["authenticator address"] = get_adapter().build_totp_url(account, secret)
        for label, value in lines.items():
            self.stdout.write(f"{label}: {value}")
