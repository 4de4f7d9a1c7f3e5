"""The judge's edge of a browser request."""

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from assurance.services import measure_confidence
from kit.http import call_from
from sessions_hub.types import SessionState


class ConfidenceMiddleware:
    """Let rooms below ask, lazily, how sure we are of whoever is signed in here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session: SessionState | None = getattr(request, "hub_session", None)
        if session is not None:
            channel = session.channel

            def confidence_in(sid: str) -> float | None:
                return measure_confidence(sid=sid, channel=channel, call=call_from(request))

            request.caller = replace(request.caller, confidence_in=confidence_in)  # type: ignore[attr-defined]
        return self.get_response(request)
