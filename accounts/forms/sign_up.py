"""Signing up: with a password, or with a passkey alone."""

from typing import Any

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts import rules, services
from accounts.models import Account
from kit.http import call_from
from kit.ids import new_id
from kit.unit_of_work import unit_of_work


class SignupForm(AllauthSignupForm):
    """E-mail, password (unless a passkey is to take its place) and, for those who like, a name."""

    name = forms.CharField(
        label="Name",
        required=False,
        max_length=200,
        help_text="How we may call you. You can leave this empty.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "email", "password1")
    account_already_exists: bool

    def clean_name(self) -> str:
        """The name in its normal form; refuses what cannot be printed and what is a link."""
        name = rules.tidy_name(self.cleaned_data["name"])
        if fault := rules.fault_in_name(name):
            raise ValidationError(fault, code="invalid")
        return name

    def try_save(self, request: HttpRequest) -> tuple[Account | None, HttpResponse | None]:
        """Make the account, or behave as if: an address that has one is not told apart, in time or in answer."""
        if not self.account_already_exists:
            try:
                return self._save_in_one(request), None
            except IntegrityError:  # somebody signed up with the same address in the same moment
                self.account_already_exists = True
        else:
            self._work_as_long(request)
        answer: tuple[Any, HttpResponse | None] = super().try_save(request)
        return answer

    def _work_as_long(self, request: HttpRequest) -> None:
        """Make an account as for anybody, for an address that is nobody's, and let nothing of it stay."""
        email, self.account_already_exists = self.cleaned_data["email"], False
        self.cleaned_data["email"] = f"{new_id().lower()}@nobody.invalid"
        try:
            with transaction.atomic():
                self._save_in_one(request)
                transaction.set_rollback(True)
        finally:
            self.cleaned_data["email"], self.account_already_exists = email, True

    def _save_in_one(self, request: HttpRequest) -> Account:
        with unit_of_work():
            account: Account = self.save(request)
            services.record_sign_up(account=account, call=call_from(request))
        return account
