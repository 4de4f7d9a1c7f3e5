"""Codes a person types: from a mail, from an authenticator app, from her sheet of recovery codes.

Each try counts in the budget that all ways of proving share, on top of the five tries that a mailed code has.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    BaseConfirmCodeForm,
    ConfirmEmailVerificationCodeForm,
    ConfirmLoginCodeForm,
    ConfirmPasswordResetCodeForm,
)
from allauth.account.internal.flows.password_reset_by_code import PasswordResetVerificationProcess
from allauth.account.internal.stagekit import unstash_login
from allauth.core import context as allauth_context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.core.exceptions import ValidationError

from accounts import queries
from accounts.models import Account
from accounts.throttles import begin_try, note_failure


@contextmanager
def _one_try(*, account: Account | None = None, alias: str = "", second_step: bool = False) -> Iterator[None]:
    """One try, counted; given back when nothing in it says that the code is wrong."""
    request = allauth_context.request
    usage = begin_try(request, account=account, alias=alias, second_step=second_step)
    if usage is None:
        raise get_adapter().validation_error("too_many_login_attempts")
    try:
        yield
    except ValidationError:
        note_failure(request, account=account, alias=alias)
        raise
    usage.rollback()


class SignInCodeForm(ConfirmLoginCodeForm):
    """The code mailed for signing in, to somebody who has an account or has none."""

    def clean_code(self) -> str:
        """The right code."""
        login = unstash_login(allauth_context.request, peek=True)
        with _one_try(alias=(login.email or "") if login else ""):
            code: str = super().clean_code()
        return code


class ResetCodeForm(ConfirmPasswordResetCodeForm):
    """The code mailed for choosing a new password."""

    def clean_code(self) -> str:
        """The right code."""
        process = PasswordResetVerificationProcess.resume(allauth_context.request)
        with _one_try(alias=process.state["email"] if process else ""):
            code: str = super().clean_code()
        return code


class ConfirmAddressForm(ConfirmEmailVerificationCodeForm):
    """The code mailed to an address.

    allauth refuses a right code when anybody else so much as claimed the address; here only somebody who proved it
    before stands in the way, and claims are released when the address is confirmed.
    """

    def clean_code(self) -> str:
        """The right code, for an address that nobody else has proved."""
        with _one_try(alias=self.email or ""):
            code: str = super(ConfirmEmailVerificationCodeForm, self).clean_code()
            if queries.is_proven_by_another(self.email, account=self.user):
                raise get_adapter().validation_error("email_taken")
        return code


class MailedStepUpForm(BaseConfirmCodeForm):
    """The code mailed to somebody who is signed in and has nothing else to prove herself with."""

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        self.account = account
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        """The right code."""
        with _one_try(account=self.account):
            code: str = super().clean_code()
        return code


class AppCodeForm(AuthenticateForm):
    """The code of an authenticator app, or a recovery code, as the second step of signing in."""

    def clean_code(self) -> str:
        """The right code, which works once."""
        with _one_try(account=self.user, second_step=True):
            code: str = super().clean_code()
        return code


class StepUpCodeForm(ReauthenticateForm):
    """The same, asked of somebody who is signed in."""

    def clean_code(self) -> str:
        """The right code, which works once."""
        with _one_try(account=self.user, second_step=True):
            code: str = super().clean_code()
        return code
