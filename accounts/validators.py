"""What a password must not be. Length depends on what stands beside it; nothing is asked of its composition."""

from typing import ClassVar

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts import conf, queries, rules
from accounts.models import Account


class LengthValidator:
    """As long as the policy of the channel `web` wants it: shorter where the account has a second factor."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Refuse what is shorter."""
        shortest = queries.get_shortest_password(user)
        if len(password) < shortest:
            raise ValidationError(
                f"The password is too short: use at least {shortest} characters.",
                code="password_too_short",
                params={"min_length": shortest},
            )

    def get_help_text(self) -> str:
        """One sentence for a form."""
        return f"At least {queries.get_shortest_password(None)} characters."


class CommonValidator(CommonPasswordValidator):
    """Not on Django's list of 20,000 common passwords, nor one of them, or a short piece, over and over again."""

    _message: ClassVar[str] = "That password is on lists that attackers try first. Choose another."

    def validate(self, password: str, user: Account | None = None) -> None:
        """Refuse what attackers try first."""
        unit = rules.repeated_piece(password.casefold().strip())
        if unit in self.passwords or rules.is_too_plain(password.casefold()):
            raise ValidationError(self._message, code="password_too_common")


class ContextValidator:
    """Not made of what everybody knows: the person's name and address, and what this service is called."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Refuse a password that is hardly more than known words."""
        known = [conf.service_name(), conf.issuer_host()]
        if user is not None:
            known += [user.name, user.email]
        if rules.is_made_of(password, known):
            raise ValidationError(
                "That password is too close to your name or address. Choose another.", code="password_too_similar"
            )

    def get_help_text(self) -> str:
        """One sentence for a form."""
        return "Not your name, your address or the name of this service."
