"""What every page has in common: no cache keeps it, a refusal is told to a person as a page, a signal is heard."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from consent.queries import list_heeding
from consent.services import record_signal
from kit.call import ANONYMOUS, Caller, CallerKind
from kit.http import call_from
from kit.refusal import Refusal
from sessions_hub.queries import find_device
from sessions_hub.types import SessionState


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


class PrivacySignalMiddleware:
    """Hear `Sec-GPC: 1` (Global Privacy Control, section 3.2), that value and no other, from a browser at our pages.

    It is written down for the device, and for the account that is signed in, once for each and not for every request:
    before the page is made, so that the page heeds it. Its absence means nothing. A browser without a cookie of ours
    has nothing to attach it to, and is not given one for that; it says it again when it has.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._heard = set[tuple[str, tuple[str, ...]]]()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.headers.get("Sec-GPC") == _SIGNAL and not request.path_info.startswith(_NOT_PAGES):
            self._hear(request)
        return self.get_response(request)

    def _hear(self, request: HttpRequest) -> None:
        state: SessionState | None = getattr(request, "hub_session", None)
        caller: Caller = getattr(request, "caller", ANONYMOUS)
        device = state.device_id if state else find_device(secret=request.COOKIES.get(settings.DEVICE_COOKIE_NAME))
        account = caller.subject if caller.kind is CallerKind.BROWSER else None
        heeding = list_heeding()
        for party in filter(None, (device, account)):
            if (party, heeding) not in self._heard:
                record_signal(party=party, call=call_from(request, channel=state.channel if state else None))
                self._remember(party, heeding)

    def _remember(self, party: str, heeding: tuple[str, ...]) -> None:
        """What was written stays written; this only spares a statement for each further page."""
        if len(self._heard) >= _MOST_REMEMBERED:
            self._heard.clear()
        self._heard.add((party, heeding))


_SIGNAL = "1"
_MOST_REMEMBERED = 10_000
_NOT_PAGES = ("/api/", "/access/", "/oauth/token", "/oauth/userinfo", "/oauth/introspect", "/oauth/revoke", "/scim/")
