"""Several accounts in one browser: who goes on, who is signed out here."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal import rules
from portal.views.following import following
from portal.views.readers import household_of
from sessions_hub.errors import SessionEnded
from sessions_hub.types import AccountHere, EndReason


@require_safe
@never_cache
def accounts_here(request: HttpRequest) -> HttpResponse:
    """Who is signed in on this device, and what can be done about it."""
    here = household_of(request).list_here()
    return render(request, "portal/accounts_here.html", {"accounts": here, "next": following(request, local_only=True)})


@require_POST
@never_cache
def switch_account(request: HttpRequest) -> HttpResponse:
    """Let another of the accounts that are signed in here be at this browser."""
    account = _find(request, request.POST.get("account", ""))
    if account is None:
        return _is_over(request)
    try:
        household_of(request).switch_to(account.state.sid)
    except SessionEnded:
        return _is_over(request)
    return redirect(following(request, local_only=True) or "portal:home")


@require_POST
@never_cache
def use_another_account(request: HttpRequest) -> HttpResponse:
    """Ask somebody else to sign in; whoever is signed in here stays so."""
    household_of(request).park()
    return redirect(_sign_in_page(request))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def forget_account(request: HttpRequest, handle: str) -> HttpResponse:
    """ "Not me": end what a person is signed in to on this device and forget her here, after a page that asks."""
    account = _find(request, handle)
    if account is None:
        raise Http404
    if request.method != "POST":
        return render(
            request, "portal/forget_account.html", {"account": account, "next": following(request, local_only=True)}
        )
    name = rules.name_account(account.account.name, account.account.email)
    household_of(request).leave(account.state.subject, reason=EndReason.NOT_ME)
    messages.success(request, f"{name} is signed out on this device.")
    return redirect(following(request, local_only=True) or "portal:accounts_here")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_everybody_out(request: HttpRequest) -> HttpResponse:
    """End what anybody is signed in to on this device, after a page that asks."""
    household = household_of(request)
    if request.method != "POST":
        return render(request, "portal/sign_everybody_out.html", {"accounts": household.list_here()})
    household.leave_all()
    messages.success(request, "Nobody is signed in on this device any more.")
    return redirect("portal:home")


def _find(request: HttpRequest, handle: str) -> AccountHere | None:
    return next((each for each in household_of(request).list_here() if each.handle == handle), None)


def _is_over(request: HttpRequest) -> HttpResponse:
    messages.info(request, "That account is no longer signed in here. Sign in to go on with it.")
    return redirect(_sign_in_page(request))


def _sign_in_page(request: HttpRequest) -> str:
    there = following(request, local_only=True)
    return reverse("account_login") + (f"?{urlencode({'next': there})}" if there else "")
