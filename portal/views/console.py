"""The pages of operators, and what this very machine may look at."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from delegation.types import STAFF_ROLES
from kit import clock
from kit.http import client_address
from notifications.queries import list_messages
from oauth.queries import get_client_guide, list_clients
from portal import queries, rules
from portal.forms import sample_form
from portal.types import DECISION_READERS, EvidenceBar
from portal.views.readers import caller_of, has_proved_enough

View = Callable[..., HttpResponse]
_COLORS = ("ink", "ink-soft", "paper", "paper-raised", "line", "accent", "good", "warn", "bad", "info")

_SAMPLE_BARS = (
    EvidenceBar("Speaks for her", "2 hours ago", "+3.00", "good", 0, 60, 0, 80),
    EvidenceBar("Speaks against it", "its source is late", "\u22120.86", "bad", -17, 17, -20, 20),
)


def for_operators(view: View) -> View:
    """Nobody else learns that the page exists; an operator short of proof is asked for the second factor."""

    def guarded(request: HttpRequest, **places: Any) -> HttpResponse:
        if not caller_of(request).roles:
            raise Http404
        if not has_proved_enough(request):
            return redirect_to_login(request.path, login_url=reverse("mfa_reauthenticate"))
        return view(request, **places)

    return login_required(guarded)


def permitted(permission: str) -> Callable[[View], View]:
    """Operators whose role has the permission; for the others there is no such page."""

    def guard(view: View) -> View:
        def guarded(request: HttpRequest, **places: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise Http404
            return view(request, **places)

        return for_operators(guarded)

    return guard


_for_readers_of_clients = permitted("oauth.view_client")


@require_safe
@never_cache
@for_operators
def console(request: HttpRequest) -> HttpResponse:
    """Where operators start."""
    may_see_systems, may_see_feeds = (request.user.has_perm(f"sync.view_{each}") for each in ("connection", "feed"))
    context = {
        "roles": sorted(caller_of(request).roles),
        "may_see_clients": request.user.has_perm("oauth.view_client"),
        "may_help": bool(caller_of(request).roles & STAFF_ROLES),
        "may_see_decisions": bool(caller_of(request).roles & DECISION_READERS),
        "may_see_policies": request.user.has_perm("channel_registry.view_policyversion"),
        "may_see_deliveries": request.user.has_perm("sync.view_delivery"),
        "may_see_feeds": may_see_feeds,
        "sick_feeds": queries.count_sick_feeds(clock.now()) if may_see_feeds else 0,
        "may_see_consent": request.user.has_perm("consent.view_purpose"),
        "may_see_systems": may_see_systems,
        "may_see_transmitters": request.user.has_perm("sync.view_transmitter"),
        "troubles": queries.count_troubled_systems() if may_see_systems else 0,
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
def outbox(request: HttpRequest) -> HttpResponse:
    """The demo's mails; only in the embedded mode and only for a browser on this very machine."""
    if settings.MODE != "embedded" or not rules.is_loopback(client_address(request)):
        raise Http404
    return render(request, "portal/outbox.html", {"letters": list_messages()})


@require_safe
@never_cache
def design(request: HttpRequest) -> HttpResponse:
    """Every token and component on one page, for operators and for whoever sits at this very machine."""
    is_operator = caller_of(request).roles and has_proved_enough(request)
    if not rules.is_loopback(client_address(request)) and not is_operator:
        raise Http404
    context = {
        "now": clock.now(),
        "roles_of_color": _COLORS,
        "bars": _SAMPLE_BARS,
        "plain": sample_form(),
        "wrong": sample_form({"wrong-email": "ana", "wrong-code": ""}),
    }
    return render(request, "portal/design.html", context)
