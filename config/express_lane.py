"""The express lane: the doors that programs call thousands of times a second, ahead of Django's own handler.

A plain request to one of them runs the same view through the same middlewares, but for those that have nothing to do
for it. Whatever is not plain (a cookie, a query, an unknown host, a browser that wants a page) goes the ordinary way,
so there is one behaviour and no second rule; `tests/journeys/oauth/test_express_lane.py` compares the two, answer by
answer.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.request import HttpHeaders
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import ResolverMatch, resolve, reverse
from django.utils.module_loading import import_string

#: The doors, by the names of their addresses, and the methods that come to them.
DOORS: Final = {
    "oauth:token": ("POST",),
    "oauth:introspect": ("POST",),
    "oauth:userinfo": ("GET", "POST"),
    "assurance:evaluation": ("POST",),
    "assurance:evaluations": ("POST",),
    "consent:check": ("POST",),
    "consent:commit": ("POST",),
    "oauth:jwks": ("GET",),
    "oauth:openid-configuration": ("GET",),
    "oauth:oauth-authorization-server": ("GET",),
}
#: Middlewares that do nothing for a plain request to a door that takes no cookie and shows no page.
LEFT_OUT: Final = frozenset(
    {
        "config.middleware.ProbesMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",  # its two parts, host and Content-Length, are below
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "sessions_hub.middleware.BrowserSessionMiddleware",
        "oauth.middleware.FormTargetsMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    }
)
#: Middlewares that add the same headers to every answer: they are asked once what they add.
ASKED_ONCE: Final = frozenset(
    {
        "django.middleware.security.SecurityMiddleware",
        "csp.middleware.CSPMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "config.middleware.ResponseHeadersMiddleware",
    }
)
_PLAIN_BODIES = ("", "application/x-www-form-urlencoded", "application/json")
_MOST_HOSTS = 64

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Handler = Callable[[HttpRequest], HttpResponseBase]


class ExpressLane:
    """A WSGI application around the ordinary one."""

    def __init__(self, ordinary: Application) -> None:
        self._ordinary = ordinary
        self._hosts: set[str] = set()
        self._headers: dict[bool, Mapping[str, str]] = {}
        kept = [import_string(path) for path in settings.MIDDLEWARE if path not in LEFT_OUT | ASKED_ONCE]
        asked_once = [import_string(path) for path in settings.MIDDLEWARE if path in ASKED_ONCE]
        self._ask_headers = functools.reduce(lambda handler, each: each(handler), reversed(asked_once), _nothing)
        self._doors = {(method, path): _chain(match, kept) for path, match, methods in _matches() for method in methods}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        door = self._doors.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if door is None or not self._is_plain(environ):
            return self._ordinary(environ, start_response)
        request = _Request(environ)
        try:
            response = door(request)
        finally:
            close_old_connections()
        content = b"".join(response)
        headers = {**self._headers_for(request), **response.headers}
        headers.setdefault("Content-Length", str(len(content)))
        start_response(f"{response.status_code} {response.reason_phrase}", list(headers.items()))
        return [content]

    def _is_plain(self, environ: dict[str, Any]) -> bool:
        return not (
            environ.get("HTTP_COOKIE")
            or environ.get("QUERY_STRING")
            or environ.get("SCRIPT_NAME")
            or environ.get("CONTENT_TYPE", "") not in _PLAIN_BODIES
            or "html" in environ.get("HTTP_ACCEPT", "")
            or (environ.get("HTTP_HOST", "") not in self._hosts and not self._is_ours(environ))
        )

    def _is_ours(self, environ: dict[str, Any]) -> bool:
        """Django's judgement about the Host header, asked once for each host."""
        try:
            WSGIRequest(environ).get_host()
        except DisallowedHost:
            return False
        if len(self._hosts) < _MOST_HOSTS:
            self._hosts.add(environ.get("HTTP_HOST", ""))
        return True

    def _headers_for(self, request: HttpRequest) -> Mapping[str, str]:
        secure = request.is_secure()
        if (known := self._headers.get(secure)) is None:
            known = self._headers[secure] = dict(self._ask_headers(request).headers)
        return known


class _Headers(Mapping[str, str]):
    """The headers of a request, each looked up when it is asked for: Django sorts all of them out first."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return str(self._environ[_environ_name(name)])

    def __iter__(self) -> Iterator[str]:
        return iter(HttpHeaders(self._environ))

    def __len__(self) -> int:
        return len(HttpHeaders(self._environ))


class _Request(WSGIRequest):
    @functools.cached_property
    def headers(self) -> _Headers:  # type: ignore[override]  # the part of HttpHeaders that is used
        return _Headers(self.META)


@functools.lru_cache(maxsize=128)
def _environ_name(header: str) -> str:
    return HttpHeaders.to_wsgi_name(header)


def _matches() -> Iterable[tuple[str, ResolverMatch, tuple[str, ...]]]:
    return ((path := reverse(door), resolve(path), methods) for door, methods in DOORS.items())


def _chain(match: ResolverMatch, middlewares: list[Callable[[Handler], Any]]) -> Handler:
    """The view behind middlewares, put together as `django.core.handlers.base.BaseHandler` does."""
    hooks: list[Callable[[HttpRequest, Exception], HttpResponseBase | None]] = []

    def view(request: HttpRequest) -> HttpResponseBase:
        request.resolver_match = match
        try:
            response: HttpResponseBase = match.func(request)
        except Exception as error:
            for hook in hooks:
                if (answer := hook(request, error)) is not None:
                    return answer
            raise
        return response.render() if isinstance(response, SimpleTemplateResponse) else response  # the API's are lazy

    handler: Any = convert_exception_to_response(view)
    for middleware in reversed(middlewares):
        instance = middleware(handler)
        if hasattr(instance, "process_exception"):
            hooks.append(instance.process_exception)
        handler = convert_exception_to_response(instance)
    return cast(Handler, handler)


def _nothing(_request: HttpRequest) -> HttpResponse:
    answer = HttpResponse()
    del answer["Content-Type"]
    return answer
