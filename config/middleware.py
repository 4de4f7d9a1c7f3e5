"""The outermost edge: how a request came, what is told about it, and the addresses that machines watch."""

import json
import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property

from config import health, measures, metrics
from kit.call import ANONYMOUS
from kit.refusal import Refusal
from kit.trace import note_caller

_log = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LONGEST_REFUSAL = 4096
# Codes on the wire that are no refusals of ours but of a library below a door.
_OTHER_CODES = frozenset(
    {"invalid", "not_authenticated", "method_not_allowed", "parse_error", "unsupported_media_type"}
)


class SchemeMiddleware:
    """Take every request for what ISSUER_URL says: under an https issuer, TLS ended at the proxy in front of us.

    No header decides it, so nobody can claim either.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.HTTPS:
            request.META["wsgi.url_scheme"] = "https"
        return self.get_response(request)


class ObserveMiddleware:
    """One line and a few counts for each request: by route template, never by address, which may hold a secret."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        self._tell(request, response, seconds)
        return response

    def _tell(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        route = _route(request, response)
        method = request.method if request.method in _METHODS else "OTHER"
        measures.REQUESTS.labels(route, method, response.status_code).inc()
        measures.REQUEST_SECONDS.labels(route).observe(seconds)
        code = self._refusal_code(response)
        if code:
            measures.REFUSALS.labels(code).inc()
        caller = getattr(request, "caller", ANONYMOUS)
        note_caller(client=caller.client_id, subject=caller.subject)
        fields = {"method": method, "route": route, "status": response.status_code, "ms": round(seconds * 1000, 1)}
        level = logging.DEBUG if route in PROBES or route == "static" else logging.INFO
        _log.log(level, "request answered", extra=fields | ({"reason": code} if code else {}))

    def _refusal_code(self, response: HttpResponseBase) -> str | None:
        if response.status_code < 400 or "json" not in response.headers.get("Content-Type", ""):
            return None
        content = getattr(response, "content", b"")
        try:
            body = json.loads(content) if len(content) <= _LONGEST_REFUSAL else None
        except ValueError:
            return None
        code = (body.get("code") or body.get("error")) if isinstance(body, dict) else None
        return (code if code in self._known_codes else "other") if isinstance(code, str) else None

    @cached_property
    def _known_codes(self) -> frozenset[str]:
        return _OTHER_CODES | {refusal.code for refusal in _all_below(Refusal)}


class ResponseHeadersMiddleware:
    """What every answer says to a browser and Django has no setting for."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class ProbesMiddleware:
    """Answer the addresses that machines watch before anything that knows hosts, cookies or the database.

    A probe comes by the address of a pod, which is no host of ours, and `/livez` must not depend on any server.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)


PROBES: dict[str, Handler] = {"/livez": health.livez, "/readyz": health.readyz, "/metrics": metrics.metrics}


def _route(request: HttpRequest, response: HttpResponseBase) -> str:
    if request.path_info in PROBES:
        return request.path_info
    if match := request.resolver_match:
        return f"/{match.route}"
    is_static = request.path_info.startswith(settings.STATIC_URL) and response.status_code < 400
    return "static" if is_static else "none"


def _all_below(kind: type[Refusal]) -> set[type[Refusal]]:
    return {kind}.union(*(_all_below(each) for each in kind.__subclasses__()))
