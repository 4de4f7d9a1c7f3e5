"""Request edges that know no domain: the trace id, and input that no well-behaved caller sends."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse

from kit.http import passed_on_id, problem
from kit.ids import new_id
from kit.refusal import MalformedInput, Refusal
from kit.trace import trace_id_in, traced

Handler = Callable[[HttpRequest], HttpResponse]


class TraceMiddleware:
    """Give every request one trace id and echo it as `X-Request-ID`.

    It is taken from that header when it is a plain token, else from a W3C `traceparent`, else made here. A door whose
    protocol wants the header back as it came has set it already.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        passed_on = passed_on_id(request.headers.get("X-Request-ID"))
        trace_id = passed_on or trace_id_in(request.headers.get("traceparent")) or new_id()
        request.trace_id = trace_id  # type: ignore[attr-defined]
        with traced(trace_id):
            response = self.get_response(request)
        response.headers.setdefault("X-Request-ID", trace_id)
        return response


class RefusalMiddleware:
    """Answer an uncaught Refusal with problem+json, and refuse NUL bytes and broken UTF-8 before any view."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_malformed(request):
            return problem(MalformedInput("The address of the request holds a NUL byte or is not valid UTF-8."))
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return problem(exception) if isinstance(exception, Refusal) else None


def _is_malformed(request: HttpRequest) -> bool:
    # WSGI hands bytes over as Latin-1; a byte that came without percent-encoding is judged like any other.
    raw = unquote_to_bytes(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))
    if b"\x00" in raw or "\x00" in request.path:
        return True
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
