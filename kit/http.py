"""Shapes of HTTP that every door shares: the call context of a request, and problem+json (RFC 9457)."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from kit import clock
from kit.call import ANONYMOUS, CallContext, Caller
from kit.refusal import Refusal
from kit.trace import current_trace_id, note_caller

JOURNEY_KEY = "journey"
_PASSED_ON_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def client_address(request: HttpRequest) -> str | None:
    """The network address of the client: the rightmost hop that is not one of our own proxies.

    Only the last TRUSTED_PROXY_COUNT entries of X-Forwarded-For were written by proxies we run;
    whatever stands left of them is the client's own claim.
    """
    trusted: int = settings.TRUSTED_PROXY_COUNT
    if trusted:
        forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
        hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
        if len(hops) >= trusted:
            return hops[-trusted]
    return str(request.META.get("REMOTE_ADDR", "")) or None


def passed_on_id(value: str | None) -> str | None:
    """An id that a caller passes on (journey, trace): returned when it is a short plain token, else None."""
    return value if value and _PASSED_ON_ID.fullmatch(value) else None


def keep_journey(request: HttpRequest, journey: str, *, seconds: int) -> None:
    """Let what this browser does next belong to a journey, for so long at most; an empty one ends that."""
    if journey:
        request.session[JOURNEY_KEY] = {"id": journey, "until": clock.now().timestamp() + seconds}
    elif settings.SESSION_COOKIE_NAME in request.COOKIES and JOURNEY_KEY in request.session:
        del request.session[JOURNEY_KEY]


def _journey_of(request: HttpRequest) -> str | None:
    """The journey that the request names, or that its browser is on the way in."""
    if named := passed_on_id(request.headers.get("X-Journey-Id")):
        return named
    browser = getattr(request, "session", None)
    if browser is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    kept = browser.get(JOURNEY_KEY)
    return str(kept["id"]) if kept and clock.now().timestamp() < kept["until"] else None


def call_from(request: HttpRequest, *, caller: Caller | None = None, channel: str | None = None) -> CallContext:
    """The call context of a request: reads the clock, the trace id and the journey once, at the door."""
    authenticated: Caller = getattr(request, "caller", ANONYMOUS)
    called_by = caller or authenticated
    note_caller(client=called_by.client_id, subject=called_by.subject)
    return CallContext(
        caller=called_by,
        now=clock.now(),
        trace_id=getattr(request, "trace_id", None) or current_trace_id(),
        journey=_journey_of(request),
        channel=channel or called_by.channel,
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", "").replace("\x00", "")[:300],
    )


def problem(refusal: Refusal, **extra: Any) -> JsonResponse:
    """A refusal as problem+json with its stable code (RFC 9457)."""
    body = {
        "type": f"urn:throughline:error:{refusal.code}",
        "title": refusal.message,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        **extra,
    }
    return JsonResponse(body, status=refusal.status, content_type="application/problem+json")
