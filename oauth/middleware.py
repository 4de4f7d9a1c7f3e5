"""The protocol desk's edge of a browser response."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from oauth.browser import targets_of


class FormTargetsMiddleware:
    """Add the redirect targets a browser is on its way to, to `form-action` of the pages it is shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and settings.SESSION_COOKIE_NAME in request.COOKIES and (targets := targets_of(request)):
            response._csp_update = {"form-action": targets}  # type: ignore[attr-defined]
        return response
