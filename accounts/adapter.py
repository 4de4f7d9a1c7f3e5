"""allauth's hooks: what this gateway does in its own way. They are doors: they may read the clock."""

import base64
from datetime import timedelta
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import conf, queries, rules, services
from accounts.flows.email_change import note_change
from accounts.models import Account
from accounts.throttles import begin_try, note_failure
from kit import clock, crypto
from kit.call import CallContext, system_caller
from kit.http import call_from, client_address
from kit.trace import current_trace_id
from kit.unit_of_work import unit_of_work
from kit.user_agents import name_device
from notifications.services import send_mail

_PROVED = "password_proved"  # a digest that changes with the password, until the last step of signing in
_MAILBOX_PAGES = ("account_confirm_login_code", "account_confirm_password_reset_code")
_EMAIL_CHANGED = "account/email/email_changed"


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
        user.password_stands_alone = queries.stands_alone(form.cleaned_data.get("password1"))
        saved: Account = super().save_user(request, user, form, commit=commit)
        return saved

    def clean_email(self, email: str) -> str:
        """Refuse what is valid by the letter and cannot be kept or mailed to."""
        if not rules.is_plain_address(email):
            raise ValidationError("Please write an e-mail address like ana@example.com.", code="invalid")
        return email

    def set_password(self, user: Account, password: str) -> None:
        """Keep a chosen password, and whether it is good enough alone. Other columns are left as they are by now."""
        user.set_password(password)
        user.password_stands_alone = queries.stands_alone(password)
        user.save(update_fields=["password", "password_stands_alone"])

    # --- Who may come in ---

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count one try, in the budget that all ways of proving share."""
        self._login_failed_rl_usage = begin_try(request, alias=str(credentials.get("email") or ""))
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

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
            note_failure(request, alias=str(credentials.get("email") or ""))
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

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address throttles count by: the rightmost hop that is not ours."""
        address = client_address(request)
        if not address:
            raise PermissionDenied("The client's address is not known.")
        return address

    # --- Proving again ---

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whether what comes next needs a fresh proof, by the strongest kind of thing the account has.

        allauth would take a password from an account that has a second factor, and would ask nothing of an account
        that has neither. It looks at this answer only when it is not refused here.
        """
        request = allauth_context.request
        if not is_fresh(request):
            raise ReauthenticationRequired
        return False

    def get_reauthentication_methods(self, user: Account | AnonymousUser) -> list[dict[str, str]]:
        """How a signed-in person can prove again, the way that is offered first in front."""
        if not isinstance(user, Account):
            return []
        doors = queries.list_doors(user)
        methods = []
        if doors.passkeys:
            methods.append(_method("mfa_reauthenticate_webauthn", "Use a passkey"))
        if doors.app or (doors.passkeys and queries.has_recovery_codes(user)):
            what = "Use your authenticator app or a recovery code" if doors.app else "Use a recovery code"
            methods.append(_method("mfa_reauthenticate", what))
        if not methods:
            methods.append(
                _method("account_reauthenticate", "Use your password")
                if doors.password
                else _method("account_reauthenticate_by_code", "Use a code from your mailbox")
            )
        return methods

    # --- Where people are sent ---

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the page that shows how the account is protected."""
        return reverse("portal:security")

    def is_safe_url(self, url: str | None) -> bool:
        """Only a path on our own origin, beginning with one slash."""
        return url is not None and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    # --- Mail ---

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Account,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the owner what changed about her account. Who never proved an address hears nothing of its account."""
        context = dict(context or {})
        if template_prefix == _EMAIL_CHANGED:
            secret = note_change(account=user, old=context["from_email"], new=context["to_email"], call=_call())
            if secret is None:
                return
            context["undo_secret"] = secret
        super().send_notification_mail(template_prefix, user, context, email)

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

    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_passkey": "That didn't work. Try again, or use another way.",
        "cannot_delete_authenticator": (
            "Without it, your password alone would open your account, and for that it is too short or missing. "
            "Choose a longer password first."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Wrap a secret for allauth's text column."""
        return base64.urlsafe_b64encode(crypto.wrap(text.encode(), context=conf.MFA_CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Undo `encrypt`; raises kit.crypto.CannotUnwrap for anything else."""
        return crypto.unwrap(base64.urlsafe_b64decode(encrypted_text), context=conf.MFA_CONTEXT).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The relying party of passkeys: the configured issuer."""
        return {"id": conf.issuer_host(), "name": conf.service_name()}

    def get_public_key_credential_user_entity(self, user: Account) -> dict[str, Any]:
        """Whose passkey it is: named by its subject, so that a key says nothing about rows."""
        return {"id": user.sub.encode(), "name": user.email, "display_name": user.get_full_name()}

    def generate_authenticator_name(self, user: Account | None, type: str) -> str:
        """A name for a passkey until its owner gives another: the device that asks for it."""
        return name_device(allauth_context.request.headers.get("User-Agent", "")) or "Passkey"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether enough is left without it."""
        return queries.may_remove(authenticator.user, type=authenticator.type)

    def _get_site_name(self) -> str:
        return conf.service_name()


def knows_mailbox_only(request: HttpRequest) -> bool:
    """Whether the address this request verified was proved by a code for signing in or for a forgotten password."""
    match = request.resolver_match
    return match is not None and match.url_name in _MAILBOX_PAGES


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person at this browser has just proved again, as well as her account can."""
    account = request.user
    if not isinstance(account, Account):
        return False
    return rules.is_fresh(
        get_authentication_records(request, account),
        second_factor_since=queries.find_second_factor_since(account),
        password=account.has_usable_password(),
        now=clock.now(),
        lifetime=timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT),
    )


def _method(name: str, description: str) -> dict[str, str]:
    return {"id": name, "description": description, "url": reverse(name)}


def _call() -> CallContext:
    request = allauth_context.request
    if request is not None:
        return call_from(request)
    return CallContext(caller=system_caller("mail"), now=clock.now(), trace_id=current_trace_id())
