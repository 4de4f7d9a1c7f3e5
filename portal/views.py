"""The pages that are our own; sign-in pages are allauth's and render our templates."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channel_registry.types import meets
from kit import clock
from kit.call import Caller
from kit.http import call_from, client_address
from notifications.queries import list_messages
from oauth.queries import get_client_guide, list_clients
from oauth.services import withdraw_allowance
from portal import queries, rules
from portal.forms import sample_form
from portal.types import OPERATOR_ACR
from sessions_hub.services import revoke_session, revoke_sessions_of
from sessions_hub.types import EndReason

View = Callable[..., HttpResponse]
_COLORS = ("ink", "ink-soft", "paper", "paper-raised", "line", "accent", "good", "warn", "bad", "info")


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Who you are and how you are protected; for a stranger what this is, and the two ways in."""
    if not request.user.is_authenticated:
        return render(request, "portal/welcome.html")
    subject, sid = _reader(request)
    context = {
        "devices": queries.list_devices(subject=subject, current_sid=sid, now=clock.now()),
        "summary": queries.get_security_summary(subject=subject),
    }
    return render(request, "portal/home.html", context)


@require_safe
@never_cache
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where you are signed in."""
    subject, sid = _reader(request)
    devices = queries.list_devices(subject=subject, current_sid=sid, now=clock.now())
    return render(request, "portal/sessions.html", {"devices": devices})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def end_session(request: HttpRequest, sid: str) -> HttpResponse:
    """Sign out one of your own devices, after a page that asks; this device goes through the ordinary sign-out."""
    subject, current_sid = _reader(request)
    device = queries.find_device(subject=subject, sid=sid, current_sid=current_sid, now=clock.now())
    if device is None:
        raise Http404
    if device.current:
        return redirect("account_logout")
    if request.method != "POST":
        return render(request, "portal/end_session.html", {"device": device})
    revoke_session(sid=sid, reason=EndReason.ENDED_BY_CUSTOMER, call=call_from(request))
    messages.success(request, f"{device.name} is signed out.")
    return redirect("portal:sessions")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here, after a page that asks."""
    subject, sid = _reader(request)
    if request.method != "POST":
        devices = queries.list_devices(subject=subject, current_sid=sid, now=clock.now())
        others = [device for device in devices if not device.current]
        return render(request, "portal/end_other_sessions.html", {"others": others})
    call = call_from(request)
    revoke_sessions_of(subject=subject, reason=EndReason.ENDED_BY_CUSTOMER, call=call, except_sid=sid)
    messages.success(request, "You are signed out everywhere else.")
    return redirect("portal:sessions")


@require_safe
@never_cache
@login_required
def apps(request: HttpRequest) -> HttpResponse:
    """The apps you allow, and what each of them may do."""
    subject, _ = _reader(request)
    return render(request, "portal/apps.html", {"apps": queries.list_apps(subject=subject)})


@require_POST
@never_cache
@login_required
def withdraw_app(request: HttpRequest) -> HttpResponse:
    """Take back what you allowed an app: one click, as it was one click to allow it."""
    subject, _ = _reader(request)
    client_id = request.POST.get("client_id", "")
    app = next((each for each in queries.list_apps(subject=subject) if each.client_id == client_id), None)
    if app is None:
        raise Http404
    withdraw_allowance(subject=subject, client_id=client_id, call=call_from(request))
    messages.success(request, f"{app.name} has no access any more. It has to ask you again.")
    return redirect("portal:apps")


@require_safe
@never_cache
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """How your account is protected, and what happened to it lately."""
    subject, _ = _reader(request)
    context = {
        "summary": queries.get_security_summary(subject=subject),
        "activity": queries.list_activity(subject=subject, now=clock.now()),
        "ways": queries.list_ways_upstream(subject=subject, channel=queries.CHANNEL),
    }
    return render(request, "portal/security.html", context)


@require_safe
@never_cache
@login_required
def not_me(request: HttpRequest) -> HttpResponse:
    """What to do when something in the list was not you: two steps, in their order."""
    return render(request, "portal/not_me.html")


@require_safe
@never_cache
def outbox(request: HttpRequest) -> HttpResponse:
    """The demo's mails; only in the embedded mode and only for a browser on this very machine."""
    if settings.MODE != "embedded" or not rules.is_loopback(client_address(request)):
        raise Http404
    return render(request, "portal/outbox.html", {"letters": list_messages()})


def _for_operators(view: View) -> View:
    """Nobody else learns that the page exists; an operator short of proof is asked for the second factor."""

    def guarded(request: HttpRequest, **places: str) -> HttpResponse:
        if not _caller(request).roles:
            raise Http404
        if not _has_proved_enough(request):
            return redirect_to_login(request.path, login_url=reverse("mfa_reauthenticate"))
        return view(request, **places)

    return login_required(guarded)


def _for_readers_of_clients(view: View) -> View:
    """Operators whose role lets them see clients; for the others there are none."""

    def guarded(request: HttpRequest, **places: str) -> HttpResponse:
        if not request.user.has_perm("oauth.view_client"):
            raise Http404
        return view(request, **places)

    return _for_operators(guarded)


@require_safe
@never_cache
@_for_operators
def console(request: HttpRequest) -> HttpResponse:
    """Where operators start."""
    context = {
        "roles": sorted(_caller(request).roles),
        "may_see_clients": request.user.has_perm("oauth.view_client"),
    }
    return render(request, "portal/console.html", context)


@require_safe
@never_cache
@_for_readers_of_clients
def console_clients(request: HttpRequest) -> HttpResponse:
    """Every registered client."""
    return render(request, "portal/clients.html", {"clients": list_clients()})


@require_safe
@never_cache
@_for_readers_of_clients
def console_client(request: HttpRequest, client_id: str) -> HttpResponse:
    """One client: what is registered, the addresses it needs, and configuration to copy; never its secret."""
    return render(request, "portal/client.html", {"guide": get_client_guide(client_id=client_id)})


@require_safe
@never_cache
def design(request: HttpRequest) -> HttpResponse:
    """Every token and component on one page, for operators and for whoever sits at this very machine."""
    is_operator = _caller(request).roles and _has_proved_enough(request)
    if not rules.is_loopback(client_address(request)) and not is_operator:
        raise Http404
    context = {
        "now": clock.now(),
        "roles_of_color": _COLORS,
        "plain": sample_form(),
        "wrong": sample_form({"wrong-email": "ana", "wrong-code": ""}),
    }
    return render(request, "portal/design.html", context)


def _reader(request: HttpRequest) -> tuple[str, str | None]:
    """Who reads, and in which session."""
    caller = _caller(request)
    return caller.subject or "", caller.sid


def _has_proved_enough(request: HttpRequest) -> bool:
    return meets(_caller(request).acr or "0", OPERATOR_ACR)


def _caller(request: HttpRequest) -> Caller:
    return cast(Caller, request.caller)  # type: ignore[attr-defined]  # the browser middleware sets it
