"""allauth's hooks: what this gateway does in its own way. They are doors: they may read the clock."""

import base64
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import conf, rules, services
from accounts.models import Account
from kit import clock, crypto
from kit.call import CallContext, system_caller
from kit.http import call_from, client_address
from kit.trace import current_trace_id
from kit.unit_of_work import unit_of_work
from notifications.services import send_mail

_MFA_CONTEXT = "mfa"
_PROVED = "password_proved"  # a digest that changes with the password, until the last step of signing in


class AccountAdapter(DefaultAccountAdapter):
    """Accounts, mail, redirects and who may come in."""

    # Said in forms and in notices alike, so that a stopped account cannot be told apart from a wrong password.
    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "That email address and password don't match. Check both, then try again.",
        "too_many_login_attempts": "Too many tries. Wait a few minutes, then try again.",
        "rate_limited": "Too many tries. Wait a few minutes, then try again.",
    }

    def new_user(self, request: HttpRequest) -> Account:
        """An unsaved account of now."""
        return Account(created_at=clock.now())

    def save_user(self, request: HttpRequest, user: Account, form: Form, commit: bool = True) -> Account:
        """Keep what the sign-up form holds, the name too."""
        user.name = rules.tidy_name(form.cleaned_data.get("name") or "")
        saved: Account = super().save_user(request, user, form, commit=commit)
        return saved

    def clean_email(self, email: str) -> str:
        """Refuse what is valid by the letter and cannot be kept or mailed to."""
        if not rules.is_plain_address(email):
            raise ValidationError("Please write an e-mail address like ana@example.com.", code="invalid")
        return email

    # --- Who may come in ---

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Account | None:
        """The account that the credentials open, if it is active.

        allauth would tell an inactive account apart after a right password; here it is a wrong one, to the throttle
        as well as to the person.
        """
        self.pre_authenticate(request, **credentials)
        account = authenticate(request, **credentials)
        AuthenticationBackend.unstash_authenticated_user()
        if not isinstance(account, Account):
            self.authentication_failed(request, **credentials)
            return None
        self._rollback_login_failed_rl_usage()
        request.session[_PROVED] = {"sub": account.sub, "with": account.get_session_auth_hash()}
        return account

    def login(self, request: HttpRequest, user: Account) -> None:
        """Sign the person in, unless the account was stopped, or its password changed, in the middle of the steps."""
        account = Account.objects.get(pk=user.pk)
        proved = request.session.pop(_PROVED, None) or {}
        is_outdated = proved.get("sub") == account.sub and proved["with"] != account.get_session_auth_hash()
        if is_outdated or not account.is_active:
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        super().login(request, user)

    def respond_user_inactive(self, request: HttpRequest, user: Account) -> HttpResponse:
        """Back to the start with the words of a wrong password."""
        messages.error(request, self.error_messages["email_password_mismatch"])
        return redirect("account_login")

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Mark an address as verified, together with our identifier, in one transaction.

        Whoever only claimed the address before loses it to the person who has just proved it.
        """
        with unit_of_work():
            call = call_from(request)
            services.release_unverified_claims(account=email_address.user, email=email_address.email, call=call)
            confirmed = bool(super().confirm_email(request, email_address))
            if confirmed:
                services.record_email_changed(account=email_address.user, call=call)
        return confirmed

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures by login alone: allauth also counts by host name, which the client chooses."""
        return str(credentials.get("email") or credentials.get("username") or "").lower()

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address throttles count by: the rightmost hop that is not ours."""
        address = client_address(request)
        if not address:
            raise PermissionDenied("The client's address is not known.")
        return address

    # --- Where people are sent ---

    def is_safe_url(self, url: str | None) -> bool:
        """Only a path on our own origin, beginning with one slash."""
        return url is not None and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    # --- Mail ---

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put a mail into the outbox: subject and text from templates, links under ISSUER_URL only."""
        values = {name: value for name, value in context.items() if name != "request"}
        for name, value in values.items():
            if name.endswith("_url") and isinstance(value, str):
                values[name] = conf.absolute(value)
        site = {"name": conf.service_name(), "domain": conf.issuer_host()}
        values |= {"email": email, "current_site": site, "issuer_url": conf.absolute("")}
        subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", values).split())
        body = render_to_string(f"{template_prefix}_message.txt", values).strip()
        send_mail(to=email, subject=subject, body=body, call=_call())


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of second factors: encrypted at rest; names from configuration, not from the request."""

    def encrypt(self, text: str) -> str:
        """Wrap a secret for allauth's text column."""
        return base64.urlsafe_b64encode(crypto.wrap(text.encode(), context=_MFA_CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Undo `encrypt`; raises kit.crypto.CannotUnwrap for anything else."""
        return crypto.unwrap(base64.urlsafe_b64decode(encrypted_text), context=_MFA_CONTEXT).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The relying party of passkeys: the configured issuer."""
        return {"id": conf.issuer_host(), "name": conf.service_name()}

    def _get_site_name(self) -> str:
        return conf.service_name()


def _call() -> CallContext:
    request = allauth_context.request
    if request is not None:
        return call_from(request)
    return CallContext(caller=system_caller("mail"), now=clock.now(), trace_id=current_trace_id())
