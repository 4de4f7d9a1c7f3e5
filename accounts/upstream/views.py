"""The doors of a sign-in through a provider. Templates live in `portal`.

POST …/<slug>/login/      to the provider, by a page of its own that sends the browser on
GET  …/<slug>/callback/   back from it: signed in, signed up, or a question
…/link/                   the question whether a provider may open an account, for its owner alone
…/sign-up/                the question which address a new account is to have
…/<slug>/unlink/          taking a provider off
"""

import logging
from collections.abc import Callable
from typing import Any, cast

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.core.exceptions import ReauthenticationRequired
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import queries, services
from accounts.adapter import is_fresh
from accounts.errors import EmailTaken, LinkTaken, NoWayLeft, ProviderUnavailable, UpstreamRefused, UpstreamSilent
from accounts.models import Account
from accounts.upstream import pending
from accounts.upstream.adapter import enter_new
from accounts.upstream.forms import SignUpForm
from accounts.upstream.pending import PendingLink, PendingSignUp
from accounts.upstream.provider import CONNECT, LOGIN, CodeFlow, Provider
from kit.http import call_from
from kit.refusal import Refusal

View = Callable[..., HttpResponse]
_LOG = logging.getLogger(__name__)


def _told(view: View) -> View:
    """Whatever a provider does wrong is told to the person as a page, and to the log in a word."""

    def guarded(request: HttpRequest, slug: str) -> HttpResponse:
        try:
            return view(request, slug)
        except (UpstreamRefused, UpstreamSilent) as error:
            _LOG.warning("upstream sign-in failed: %s", error.fault, extra={"provider": slug})
            return _failed(request, error)
        except (ProviderUnavailable, LinkTaken, EmailTaken) as error:
            return _failed(request, error)
        except IntegrityError:  # the same person came back twice in one moment
            return _failed(request, UpstreamRefused("race"))

    return guarded


@require_POST
@never_cache
@_told
def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the browser to a provider. Linking wants a fresh proof before, and asks again afterwards."""
    process = CONNECT if request.POST.get("process") == CONNECT else LOGIN
    if process == CONNECT and not is_fresh(request):
        raise ReauthenticationRequired
    if limited := ratelimit.consume_or_429(request, action="login"):
        return cast(HttpResponse, limited)
    provider: Provider = get_adapter(request).get_provider(request, slug)
    there = provider.redirect(request, process, next_url=get_next_redirect_url(request))["Location"]
    # A page and not a redirect: `form-action` would have to name every address the provider sends people on to.
    return render(request, "upstream/leave.html", {"provider_name": provider.row.name, "there": there})


@require_GET
@never_cache
@_told
def callback(request: HttpRequest, slug: str) -> HttpResponse:
    """Come back from a provider (RFC 6749 section 4.1.2)."""
    if any(len(values) > 1 for _, values in request.GET.lists()):  # RFC 6749 section 3.1
        raise UpstreamRefused("response: twice")
    flow = CodeFlow(request, get_adapter(request).get_provider(request, slug))
    return cast(HttpResponse, _Callback.adapter_view(flow)(request))


class _Callback(OAuth2CallbackView):
    """allauth's order of events, with the response judged as soon as its state was found to be this browser's."""

    adapter: CodeFlow

    def _get_state(self, request: HttpRequest, provider: Provider) -> tuple[dict[str, Any] | None, Any]:
        state, response = super()._get_state(request, provider)
        if state is not None:
            self.adapter.check_response(request.GET.dict(), state)
        return state, response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def link(request: HttpRequest) -> HttpResponse:
    """Ask the owner of an account whether a provider may open it. Yes counts after a proof given since the question."""
    question = pending.find(request, PendingLink)
    if question is None:
        messages.error(request, "That took too long. Please start again.")
        return redirect("portal:security" if request.user.is_authenticated else "account_login")
    account = request.user
    if not isinstance(account, Account) or account.sub != question.owner:
        return _ask_for_owner(request, question)
    if request.method != "POST":
        return _link_page(request, question)
    following = question.following or "portal:security"
    if "link" not in request.POST:
        pending.forget(request)
        return redirect(following)
    if not _has_proved_since(request, account, question) and not is_fresh(request):
        raise ReauthenticationRequired
    pending.forget(request)
    return _make_link(request, account, question, following)


def _ask_for_owner(request: HttpRequest, question: PendingLink) -> HttpResponse:
    if request.user.is_authenticated:
        pending.forget(request)
        messages.error(request, "You are signed in with another account. Nothing was linked.")
        return redirect("portal:security")
    return _link_page(request, question)


def _link_page(request: HttpRequest, question: PendingLink) -> HttpResponse:
    provider = queries.get_provider(question.provider)
    return render(request, "upstream/link.html", {"provider_name": provider.name, "label": question.label})


def _has_proved_since(request: HttpRequest, account: Account, question: PendingLink) -> bool:
    """Whether she came in after the question was asked: all steps of a sign-in, for otherwise nobody would be in."""
    records = queries.list_proofs(get_authentication_records(request, account))
    return any(proof.at >= question.since for proof in records if not proof.provider)


def _make_link(request: HttpRequest, account: Account, question: PendingLink, following: str) -> HttpResponse:
    try:
        made = services.add_link(
            account=account, provider=question.provider, subject=question.subject, call=call_from(request)
        )
    except (Refusal, IntegrityError) as error:
        said = error.detail if isinstance(error, Refusal) else LinkTaken.message
        messages.error(request, said)
        return redirect("portal:security")
    name = queries.get_provider(question.provider).name
    if made:
        _tell_owner(account, "upstream/email/link_added", name)
    messages.success(request, f"{name} opens your account from now on.")
    return redirect(following)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_up(request: HttpRequest) -> HttpResponse:
    """Ask somebody new for her address. The answer is the same whether the address has an account or not."""
    question = pending.find(request, PendingSignUp)
    if question is None or request.user.is_authenticated:
        return redirect("portal:home" if request.user.is_authenticated else "account_login")
    provider = queries.get_provider(question.provider)
    form = SignUpForm(request.POST or None, initial={"email": question.email, "name": question.name})
    if request.method != "POST" or not form.is_valid():
        return render(request, "upstream/sign_up.html", {"form": form, "provider_name": provider.name})
    if limited := ratelimit.consume_or_429(request, action="signup"):
        return cast(HttpResponse, limited)
    pending.forget(request)
    email, name = form.cleaned_data["email"], form.cleaned_data["name"]
    try:
        account = services.sign_up_through_provider(
            identity=question.identity, email=email, name=name, call=call_from(request)
        )
    except (EmailTaken, IntegrityError):
        return cast(HttpResponse, prevent_enumeration(request, email=email))
    return enter_new(request, account, question.identity, question.following)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def unlink(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a provider off the account, after a page that asks and a fresh proof."""
    account = cast(Account, request.user)
    found = next((each for each in queries.list_links(account) if each.slug == slug), None)
    if found is None:
        messages.error(request, "This sign-in isn't linked to your account.")
        return redirect("portal:security")
    if request.method != "POST":
        return render(request, "upstream/unlink.html", {"link": found})
    if not is_fresh(request):
        raise ReauthenticationRequired
    try:
        services.remove_link(account=account, provider=slug, call=call_from(request))
    except NoWayLeft as error:
        messages.error(request, error.detail)
        return redirect("portal:security")
    _tell_owner(account, "upstream/email/link_removed", found.name)
    messages.success(request, f"{found.name} no longer opens your account.")
    return redirect("portal:security")


@require_GET
@never_cache
def cancelled(request: HttpRequest) -> HttpResponse:
    """The person changed her mind at the provider."""
    messages.info(request, "You stopped signing in there. Nothing was changed.")
    return redirect("portal:security" if request.user.is_authenticated else "account_login")


def _tell_owner(account: Account, template: str, provider_name: str) -> None:
    get_account_adapter().send_notification_mail(template, account, {"provider_name": provider_name})


def _failed(request: HttpRequest, error: Refusal) -> HttpResponse:
    return render(request, "upstream/failed.html", {"refusal": error}, status=error.status)
