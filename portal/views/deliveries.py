"""For operators: a customer's sessions on all channels, and the news that nobody has confirmed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.queries import find_account
from kit import clock
from kit.http import call_from
from kit.refusal import MalformedInput
from portal import queries
from portal.types import END_REASONS
from portal.views.console import permitted
from sessions_hub.types import EndReason
from sync.flows import endings
from sync.queries import get_connection
from sync.services import replay_deliveries, replay_delivery


@require_safe
@never_cache
@permitted("sessions_hub.view_session")
def console_sessions(request: HttpRequest, sub: str) -> HttpResponse:
    """Where a customer is signed in."""
    account = find_account(sub)
    if account is None:
        raise Http404
    context = {
        "account": account,
        "devices": queries.list_devices(subject=sub, current_sid=None, now=clock.now()),
        "reasons": END_REASONS,
        "may_end": request.user.has_perm("sessions_hub.end_session"),
    }
    return render(request, "portal/console_sessions.html", context)


@require_POST
@never_cache
@permitted("sessions_hub.end_session")
def console_end_sessions(request: HttpRequest, sub: str) -> HttpResponse:
    """End one session of a customer, or all, for a reason that the journal keeps."""
    why, sid = request.POST.get("reason", ""), request.POST.get("sid", "")
    if why not in END_REASONS:
        raise MalformedInput("Say why: choose one of the reasons.")
    reason, call = f"{EndReason.ENDED_BY_OPERATOR}.{why}", call_from(request)
    ended = (
        endings.end_session(subject=sub, sid=sid, reason=reason, call=call)
        if sid
        else endings.end_sessions(subject=sub, reason=reason, call=call)
    )
    if not ended.sids:
        messages.info(request, "Nothing was signed in any more.")
        return redirect("portal:console_sessions", sub=sub)
    return redirect("portal:console_sessions_ended", sub=sub, sid=ended.sids[0])


@require_safe
@never_cache
@permitted("sessions_hub.view_session")
def console_sessions_ended(request: HttpRequest, sub: str, sid: str) -> HttpResponse:
    """Which apps have confirmed that a customer's sessions ended."""
    context = {"ended": queries.describe_ended(subject=sub, sid=sid), "sub": sub, "sid": sid}
    return render(request, "portal/console_sessions_ended.html", context)


@require_safe
@never_cache
@permitted("sync.view_delivery")
def console_deliveries(request: HttpRequest) -> HttpResponse:
    """What was sent and not confirmed: still tried, or given up."""
    context = {
        "deliveries": queries.list_troubled_deliveries(),
        "may_replay": request.user.has_perm("sync.replay_delivery"),
        "may_see_systems": request.user.has_perm("sync.view_connection"),
    }
    return render(request, "portal/console_deliveries.html", context)


@require_POST
@never_cache
@permitted("sync.replay_delivery")
def console_replay(request: HttpRequest) -> HttpResponse:
    """Have one that was given up tried again, for another day; or all of a connected system."""
    system, call = request.POST.get("system", ""), call_from(request)
    if system and request.POST.get("all"):
        count = replay_deliveries(connection=get_connection(slug=system).slug, call=call)
        messages.success(request, f"{count} {'is' if count == 1 else 'are'} tried again. Look here again in a moment.")
    else:
        replay_delivery(ref=request.POST.get("ref", "").replace("\x00", ""), call=call)
        messages.success(request, "It is tried again. Look here again in a moment.")
    if system:
        get_connection(slug=system)
        return redirect("portal:console_system", slug=system)
    return redirect("portal:console_deliveries")
