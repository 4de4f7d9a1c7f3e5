"""What every page has in common: no cache keeps it, and a refusal is told to a person as a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kit.refusal import Refusal


class PagesMiddleware:
    """Keep pages out of caches unless their view says otherwise, and show refusals as pages to browsers.

    Every page carries a form token or something personal, library pages with secrets among them. Programs, which
    do not ask for HTML, get their refusals as problem+json from `kit.middleware`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal) or "text/html" not in request.headers.get("Accept", ""):
            return None
        return render(request, "portal/refusal.html", {"refusal": exception}, status=exception.status)
