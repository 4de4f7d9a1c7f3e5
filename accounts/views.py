"""allauth's pages where this gateway does something in its own way, and the pages allauth lacks.

Templates live in `portal`. A page that changes how an account is protected opens only after a fresh proof.
"""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import (
    BaseReauthenticateView,
    ReauthenticateView,
    password_change,
    password_set,
)
from allauth.core import ratelimit
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
    SignupWebAuthnView,
)
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import queries
from accounts.errors import UndoGone
from accounts.flows.email_change import look_at_change, undo_change
from accounts.forms import MailedStepUpForm
from accounts.models import Account
from kit.call import Caller
from kit.http import call_from

_CODE_KEY = "mailed_step_up"

change_password = reauthentication_required(app="allauth.account")(password_change)
set_password = reauthentication_required(app="allauth.account")(password_set)


# --- Passkeys --------------------------------------------------------------------------------------------------


class _OneForm:
    """allauth's pages build their form anew to show its errors; judging an answer twice would spend its challenge."""

    _form: BaseForm | None = None

    def get_form(self, form_class: Any = None) -> BaseForm:
        """The form of this request, made once."""
        if self._form is None:
            self._form = super().get_form(form_class)  # type: ignore[misc]
        return cast(BaseForm, self._form)


class AddPasskeyView(_OneForm, AddWebAuthnView):
    """One more passkey."""


class PasskeySignUpView(_OneForm, SignupWebAuthnView):
    """The passkey that takes the place of a password, at the end of signing up."""


class PasskeySignInView(_OneForm, LoginWebAuthnView):
    """Signing in with a passkey alone; what went wrong is said on the page one came from."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Back to the sign-in page, on the way to wherever one was going."""
        _say(self.request, form)
        return redirect(self.passthrough_next_url(reverse("account_login")))

    def passthrough_next_url(self, url: str) -> str:
        """The address with the `next` of this request."""
        following = self.request.POST.get("next", "")
        return f"{url}?{urlencode({'next': following})}" if following else url


class PasskeyStepUpView(_OneForm, ReauthenticateWebAuthnView):
    """Proving again with a passkey."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Note the proof and go on."""
        form.save()
        return BaseReauthenticateView.form_valid(self, form)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Once more, with a new challenge."""
        _say(self.request, form)
        return redirect(self.passthrough_next_url(self.request.path))


class RemovePasskeyView(RemoveWebAuthnView):
    """Taking a passkey off, unless too little would be left."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Remove it, or say what must be done first."""
        adapter = get_mfa_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
            return redirect("account_change_password")
        return super().form_valid(form)


# --- Proving again ---------------------------------------------------------------------------------------------


class PasswordStepUpView(ReauthenticateView):
    """Proving again with the password: enough for what a client asks, and for changes where it is all there is."""

    def _check_reauthentication_method_available(self, request: HttpRequest) -> HttpResponse | None:
        if cast(Account, request.user).has_usable_password():
            return None
        return super()._check_reauthentication_method_available(request)


class _MailedStepUp(AbstractCodeVerificationProcess):
    """A code on its way to the mailbox of who is signed in here: ten minutes, five tries, this browser."""

    def __init__(self, request: HttpRequest, state: dict[str, Any]) -> None:
        self.request = request
        super().__init__(max_attempts=5, timeout=600, state=state, user=request.user)

    def persist(self) -> None:
        """Keep the state, with the code in it, in the encrypted browser session."""
        self.request.session[_CODE_KEY] = self.state

    def abort(self) -> None:
        """Forget the code."""
        self.request.session.pop(_CODE_KEY, None)

    def send(self) -> None:
        """Make a code and mail it."""
        adapter = get_adapter()
        self.state["code"] = adapter.generate_login_code()
        adapter.send_mail("account/email/step_up_code", self.state["email"], {"code": self.code})

    @classmethod
    def resume(cls, request: HttpRequest) -> "_MailedStepUp | None":
        """The code that is on its way, if there is one."""
        state = request.session.get(_CODE_KEY)
        return cls(request, state).abort_if_invalid() if state else None


@method_decorator([login_required, never_cache], name="dispatch")
class MailedStepUpView(BaseReauthenticateView):
    """Proving again with a code from the mailbox, where there is nothing else. Looking at the page sends nothing."""

    form_class = MailedStepUpForm
    template_name = "account/reauthenticate_by_code.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the code that is on its way."""
        self.process = _MailedStepUp.resume(request)
        return cast(HttpResponseBase, super().dispatch(request, *args, **kwargs))

    def get_form_kwargs(self) -> dict[str, Any]:
        """What the code must be, and whose."""
        code = self.process.code if self.process else ""
        return {**super().get_form_kwargs(), "code": code, "account": self.request.user}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send a code, or judge one."""
        if self.process is None or "send" in request.POST:
            return self._send()
        return cast(HttpResponse, super().post(request, *args, **kwargs))

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Note the proof and go on."""
        assert self.process is not None  # `post` sent one otherwise
        email = self.process.state["email"]
        self.process.abort()
        record_authentication(self.request, self.request.user, method="code", email=email, reauthenticated=True)
        return cast(HttpResponse, super().form_valid(form))

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Say so, until the tries are used up."""
        if self.process is not None and not self.process.record_invalid_attempt():
            self.process = None
        return cast(HttpResponse, super().form_invalid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Where the code goes, and whether it went."""
        email = cast(Account, self.request.user).email
        return {**super().get_context_data(**kwargs), "email": email, "sent": self.process is not None}

    def _send(self) -> HttpResponse:
        email = cast(Account, self.request.user).email
        if ratelimit.consume(self.request, action="request_login_code", key=email):
            process = _MailedStepUp(self.request, _MailedStepUp.initial_state(self.request.user, email))
            process.send()
            process.persist()
        else:
            messages.error(self.request, get_adapter().error_messages["rate_limited"])
        return redirect(self.passthrough_next_url(self.request.path))


@require_safe
@never_cache
@login_required
def step_up(request: HttpRequest) -> HttpResponse:
    """To the page whose proof raises this session's level most; `next` is asked again afterwards."""
    account, caller = cast(Account, request.user), cast(Caller, request.caller)  # type: ignore[attr-defined]
    doors = queries.list_doors(account)
    if queries.has_verifying_passkey(account):
        page = "mfa_reauthenticate_webauthn"
    elif doors.password and "pwd" not in caller.amr:
        page = "account_reauthenticate"
    elif doors.passkeys:
        page = "mfa_reauthenticate_webauthn"
    elif doors.app:
        page = "mfa_reauthenticate"
    else:
        page = "account_reauthenticate_by_code"
    return redirect(f"{reverse(page)}?{urlencode({'next': request.GET.get('next', '/')})}")


# --- The way back from a changed address --------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def undo_email_change(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link in the old mailbox leads to: a page that says what happens, and does it on a POST only."""
    call = call_from(request)
    try:
        if request.method != "POST":
            change = look_at_change(secret=secret, call=call)
            return render(request, "account/undo_email_change.html", {"change": change})
        change = undo_change(secret=secret, call=call)
    except UndoGone:
        return render(request, "account/undo_email_change.html", {"change": None}, status=404)
    context = {"old": change.old, "new": change.new}
    for address in (change.old, change.new):
        get_adapter().send_mail("account/email/email_change_undone", address, context)
    return render(request, "account/undo_email_change_done.html", {"change": change})


def _say(request: HttpRequest, form: BaseForm) -> None:
    for message in form.errors.get("credential", []):
        messages.error(request, str(message))
