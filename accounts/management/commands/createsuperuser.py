"""Django's command of this name would make somebody without roles and without a second factor."""

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Not here: use operator_create, which gives an operator roles and two factors."

    def handle(self, *args: object, **options: object) -> None:
        raise CommandError("Operators have roles and two factors: use operator_create --email ... --role admin.")
