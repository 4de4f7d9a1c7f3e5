"""Passkeys: adding, renaming, and proving with them.

Beyond what allauth checks: the answer comes from a page of the configured origin and of no other; the account is named
by its subject, not by a row number; whether the person herself was verified is noted with the proof, from what the
authenticator signed; a challenge is good for one answer, right or wrong; and junk is a wrong answer, never a fault.
"""

import struct
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context as allauth_context
from allauth.mfa import signals
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    SignupWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.core.exceptions import ValidationError
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

from accounts import queries, rules
from accounts.errors import ProofWrong
from accounts.models import Account
from accounts.throttles import begin_try, note_failure

_JUNK = (TypeError, ValueError, KeyError, AttributeError, IndexError, struct.error)


def _wrong() -> ValidationError:
    error: ValidationError = get_mfa_adapter().validation_error("incorrect_passkey")
    return error


def _read(shape: Any, credential: object) -> Any:
    """An answer of an authenticator, from a page of ours; whatever else was sent is a wrong answer."""
    try:
        return queries.read_passkey_answer(shape, credential)
    except ProofWrong as error:
        raise _wrong() from error


class _NamedForm(forms.Form):
    """What a passkey is called: one short line."""

    name = forms.CharField(
        label="Name",
        required=False,
        max_length=100,
        help_text="So that you can tell it from others, like the name of the device it is on.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        """The name in its normal form, or one made from the device."""
        name = rules.tidy_name(self.cleaned_data["name"])
        if fault := rules.fault_in_name(name):
            raise ValidationError(fault, code="invalid")
        return name or get_mfa_adapter().generate_authenticator_name(None, Authenticator.Type.WEBAUTHN)


class _NewPasskeyForm(_NamedForm):
    credential = forms.JSONField(required=True, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """An answer to our challenge that makes a passkey."""
        credential = self.cleaned_data.get("credential")
        if credential is None:
            return self.cleaned_data
        try:
            _read(RegistrationResponse, credential)
            binding = auth.complete_registration(credential)
        except (ValidationError, *_JUNK) as error:
            raise _wrong() from error
        finally:
            auth.clear_state()
        if self._must_verify() and not binding.is_user_verified():
            raise _wrong()
        return self.cleaned_data

    def _must_verify(self) -> bool:
        return True


class AddPasskeyForm(_NewPasskeyForm, AddWebAuthnForm):
    """One more passkey, or a security key without a PIN that is good as a second step only."""

    passwordless = forms.BooleanField(
        label="Sign in with it alone",
        required=False,
        initial=True,
        help_text="It asks for your finger, face or PIN then. Leave this off for a security key that has none.",
    )

    def _must_verify(self) -> bool:
        return bool(self.cleaned_data.get("passwordless"))


class PasskeySignUpForm(_NewPasskeyForm, SignupWebAuthnForm):
    """The passkey of somebody who signs up without a password."""


class RenamePasskeyForm(_NamedForm, EditWebAuthnForm):
    """Another name for a passkey."""


class _AnswerForm(AuthenticateWebAuthnForm):
    """A passkey's answer to our challenge; `cleaned_data["credential"]` is the authenticator."""

    user_verified = False

    def clean_credential(self) -> Authenticator:
        """The authenticator that signed."""
        credential = self.cleaned_data["credential"]
        usage = begin_try(allauth_context.request, account=self.user, second_step=self.user is not None)
        if usage is None:
            raise get_adapter().validation_error("too_many_login_attempts")
        account = self.user
        try:
            answer = _read(AuthenticationResponse, credential)
            account = account or _owner(answer)
            authenticator: Authenticator = auth.complete_authentication(account, credential)
        except (ValidationError, *_JUNK) as error:
            note_failure(allauth_context.request, account=account)
            raise _wrong() from error
        finally:
            auth.clear_state()
        usage.rollback()
        self.user_verified = bool(answer.response.authenticator_data.is_user_verified())
        return authenticator

    def save(self) -> None:
        """Note the proof: what allauth notes, and whether the person herself was verified."""
        request, authenticator = allauth_context.request, self.cleaned_data["credential"]
        authenticator.record_usage()
        facts = {
            "id": authenticator.pk,
            "type": authenticator.type,
            "reauthenticated": True if self.reauthenticated else None,
            "passwordless": True if self.passwordless else None,
            rules.USER_VERIFIED: self.user_verified,
        }
        record_authentication(request, authenticator.user, "mfa", **facts)
        signals.authenticator_used.send(
            sender=Authenticator,
            request=request,
            user=authenticator.user,
            authenticator=authenticator,
            reauthenticated=self.reauthenticated,
            passwordless=self.passwordless,
        )


class PasskeySignInForm(_AnswerForm):
    """Signing in with a passkey and nothing else; it names its owner."""

    passwordless = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=None, **kwargs)


class PasskeySecondStepForm(_AnswerForm):
    """A passkey as the second step of signing in."""


class PasskeyStepUpForm(_AnswerForm):
    """A passkey, asked of somebody who is signed in."""

    reauthenticated = True


def _owner(answer: AuthenticationResponse) -> Account:
    """Who the passkey says it belongs to; what it signed is judged against that account's keys only."""
    subject = (answer.response.user_handle or b"").decode("ascii")
    account = queries.find_account(subject) if subject.isprintable() else None
    if account is None:
        raise _wrong()
    return account
