"""Where a customer is signed in, on all channels, and how she ends it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kit import clock
from kit.http import call_from
from kit.refusal import NotFound
from portal import queries
from portal.views.readers import caller_of, household_of, reader_of
from sessions_hub.queries import owns_session
from sessions_hub.types import EndReason
from sync.flows import endings
from sync.types import Ended

_ENDED_KEY = "ended"
_ENDED_SECONDS = 3600


@require_safe
@never_cache
@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    """Where you are signed in."""
    subject, sid = reader_of(request)
    devices = queries.list_devices(subject=subject, current_sid=sid, now=clock.now())
    return render(request, "portal/sessions.html", {"devices": devices})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def end_session(request: HttpRequest, sid: str) -> HttpResponse:
    """Sign out one of your own devices, after a page that asks; this device goes through the ordinary sign-out."""
    subject, current_sid = reader_of(request)
    device = queries.find_device(subject=subject, sid=sid, current_sid=current_sid, now=clock.now())
    if device is None and owns_session(subject=subject, sid=sid):
        messages.info(request, "That one is signed out already.")
        return redirect("portal:sessions")
    if device is None:
        raise Http404
    if device.current:
        return redirect("account_logout")
    if request.method != "POST":
        return render(request, "portal/end_session.html", {"device": device})
    ended = endings.end_session(subject=subject, sid=sid, reason=EndReason.ENDED_BY_CUSTOMER, call=call_from(request))
    messages.success(request, f"{device.name} is signed out.")
    return _show(request, subject, ended)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here, after a page that asks."""
    subject, sid = reader_of(request)
    if request.method != "POST":
        devices = queries.list_devices(subject=subject, current_sid=sid, now=clock.now())
        others = [device for device in devices if not device.current]
        return render(request, "portal/end_other_sessions.html", {"others": others})
    ended = endings.end_sessions(
        subject=subject, reason=EndReason.ENDED_BY_CUSTOMER, call=call_from(request), except_sid=sid
    )
    messages.success(request, "You are signed out everywhere else.")
    return _show(request, subject, ended)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def end_all_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too, after a page that asks."""
    subject, sid = reader_of(request)
    if request.method != "POST":
        devices = queries.list_devices(subject=subject, current_sid=sid, now=clock.now())
        return render(request, "portal/end_all_sessions.html", {"devices": devices})
    ended = endings.end_sessions(subject=subject, reason=EndReason.ENDED_BY_CUSTOMER, call=call_from(request))
    household_of(request).leave(subject)
    messages.success(request, "You are signed out everywhere.")
    return _show(request, subject, ended)


@require_safe
@never_cache
def sessions_ended(request: HttpRequest) -> HttpResponse:
    """How far the news of what this browser has just ended has got: *confirmed by n of m*."""
    subject, _ = reader_of(request)
    kept = request.session.get(_ENDED_KEY)
    if not isinstance(kept, dict) or (caller_of(request).subject and kept["subject"] != subject):
        return redirect("portal:sessions")  # nothing was ended here, or by somebody else who used this browser before
    if clock.now().timestamp() - kept["at"] > _ENDED_SECONDS:
        return redirect("portal:sessions")
    try:
        ended = queries.describe_ended(subject=kept["subject"], sid=kept["sid"])
    except NotFound:
        return redirect("portal:sessions")
    return render(request, "portal/sessions_ended.html", {"ended": ended})


def _show(request: HttpRequest, subject: str, ended: Ended) -> HttpResponse:
    """Go on to the page that tells how far it has got; it is for this browser alone and has no name in its address."""
    if not ended.sids:
        return redirect("portal:sessions")
    request.session[_ENDED_KEY] = {"subject": subject, "sid": ended.sids[0], "at": int(clock.now().timestamp())}
    return redirect("portal:sessions_ended")
