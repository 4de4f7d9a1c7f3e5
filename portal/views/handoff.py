"""Going on with a session on another device: a code to scan there, and the page the code leads to."""

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from channel_registry.errors import ChannelUnavailable
from kit.http import call_from
from portal import queries, rules
from portal.views.following import followed, following
from portal.views.readers import household_of, reader_of
from sessions_hub.errors import HandoffClosed, SessionEnded, TooManyHandoffs
from sessions_hub.flows.handoff import offer_handoff
from sessions_hub.types import Arrival, TicketHere, Via


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def continue_elsewhere(request: HttpRequest) -> HttpResponse:
    """A code and a link that carry your sign-in to another device, once, within a minute."""
    there = following(request)
    context: dict[str, object] = {"next": there, "is_open": queries.can_continue_elsewhere()}
    if request.method != "POST":
        return render(request, "portal/continue_elsewhere.html", context)
    _, sid = reader_of(request)
    try:
        offer = offer_handoff(sid=sid or "", via=Via.HANDOFF, channel=queries.CHANNEL, call=call_from(request))
    except (HandoffClosed, ChannelUnavailable, SessionEnded):
        return render(request, "portal/continue_elsewhere.html", context | {"is_open": False})
    except TooManyHandoffs as refusal:
        messages.error(request, refusal.message)
        return render(request, "portal/continue_elsewhere.html", context, status=refusal.status)
    query = f"?{urlencode({'next': there})}" if there else ""
    link = settings.ISSUER_URL + reverse("portal:handoff", args=[offer.ticket]) + query
    picture = segno.make(link, error="m", micro=False).svg_data_uri(scale=4, border=2, light="#fff")
    context |= {"link": link, "picture": picture, "expires_at": offer.expires_at}
    return render(request, "portal/continue_elsewhere.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def handoff(request: HttpRequest, ticket: str) -> HttpResponse:
    """Whose session a link carries. Looking spends nothing, whoever looks; going on is a press of a button."""
    household = household_of(request)
    if request.method != "POST":
        return _page(request, ticket, household.look_at(ticket))
    arrival = household.redeem(ticket, ending=request.POST.get("ending", ""))
    if arrival is Arrival.ASK:
        return _page(request, ticket, household.look_at(ticket))
    if arrival is Arrival.REFUSED:
        return _page(request, ticket, None)
    if arrival is Arrival.SIGN_IN:
        messages.info(request, "Nobody is signed in here now. Sign in to go on.")
        return redirect(f"{reverse('account_login')}?{urlencode({'next': following(request, local_only=True) or '/'})}")
    return followed(request)


def _page(request: HttpRequest, ticket: str, found: TicketHere | None) -> HttpResponse:
    if found is None:
        return render(request, "portal/handoff_gone.html", {"next": following(request, local_only=True)}, status=410)
    context = {
        "found": found,
        "ticket": ticket,
        "next": following(request),
        "name": rules.name_account(found.account.name, found.account.email),
        "device": rules.name_device(found.user_agent),
    }
    return render(request, "portal/handoff.html", context)
