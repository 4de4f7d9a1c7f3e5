"""Codes a person types: from a mail, from an authenticator app, from her sheet of recovery codes.

Each try counts in the budget that all ways of proving share, on top of the five tries that a mailed code has.
"""

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
from allauth.core.internal.ratelimit import RateLimitUsage
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm

from accounts import queries
from accounts.models import Account
from accounts.throttles import begin_try


def _count(**whose: Any) -> RateLimitUsage:
    usage = begin_try(allauth_context.request, **whose)
    if usage is None:
        raise get_adapter().validation_error("too_many_login_attempts")
    return usage


class SignInCodeForm(ConfirmLoginCodeForm):
    """The code mailed for signing in, to somebody who has an account or has none."""

    def clean_code(self) -> str:
        """The right code."""
        login = unstash_login(allauth_context.request, peek=True)
        usage = _count(alias=(login.email or "") if login else "")
        code: str = super().clean_code()
        usage.rollback()
        return code


class ResetCodeForm(ConfirmPasswordResetCodeForm):
    """The code mailed for choosing a new password."""

    def clean_code(self) -> str:
        """The right code."""
        process = PasswordResetVerificationProcess.resume(allauth_context.request)
        usage = _count(alias=process.state["email"] if process else "")
        code: str = super().clean_code()
        usage.rollback()
        return code


class ConfirmAddressForm(ConfirmEmailVerificationCodeForm):
    """The code mailed to an address.

    allauth refuses a right code when anybody else so much as claimed the address; here only somebody who proved it
    before stands in the way, and claims are released when the address is confirmed.
    """

    def clean_code(self) -> str:
        """The right code, for an address that nobody else has proved."""
        usage = _count(alias=self.email or "")
        code: str = super(ConfirmEmailVerificationCodeForm, self).clean_code()
        if queries.is_proven_by_another(self.email, account=self.user):
            raise get_adapter().validation_error("email_taken")
        usage.rollback()
        return code


class MailedStepUpForm(BaseConfirmCodeForm):
    """The code mailed to somebody who is signed in and has nothing else to prove herself with."""

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        self.account = account
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        """The right code."""
        usage = _count(account=self.account)
        code: str = super().clean_code()
        usage.rollback()
        return code


class AppCodeForm(AuthenticateForm):
    """The code of an authenticator app, or a recovery code, as the second step of signing in."""

    def clean_code(self) -> str:
        """The right code, which works once."""
        usage = _count(account=self.user, second_step=True)
        code: str = super().clean_code()
        usage.rollback()
        return code


class StepUpCodeForm(ReauthenticateForm):
    """The same, asked of somebody who is signed in."""

    def clean_code(self) -> str:
        """The right code, which works once."""
        usage = _count(account=self.user, second_step=True)
        code: str = super().clean_code()
        usage.rollback()
        return code
