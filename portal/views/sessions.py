"""Where a customer is signed in, and how she ends it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kit import clock
from kit.http import call_from
from portal import queries
from portal.views.readers import reader_of
from sessions_hub.services import revoke_session, revoke_sessions_of
from sessions_hub.types import EndReason


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
    subject, sid = reader_of(request)
    if request.method != "POST":
        devices = queries.list_devices(subject=subject, current_sid=sid, now=clock.now())
        others = [device for device in devices if not device.current]
        return render(request, "portal/end_other_sessions.html", {"others": others})
    call = call_from(request)
    revoke_sessions_of(subject=subject, reason=EndReason.ENDED_BY_CUSTOMER, call=call, except_sid=sid)
    messages.success(request, "You are signed out everywhere else.")
    return redirect("portal:sessions")
