"""A browser in front of the middlewares that matter here, without addresses, templates or allauth's pages."""

from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any, cast

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.test import RequestFactory

from kit import clock
from sessions_hub.browser import bind_reauthentication, bind_sign_in
from sessions_hub.middleware import BrowserSessionMiddleware

RECORDS_OF = "account_authentication_methods_user"


class Browser:
    """Keeps cookies; `visit` sends one request through the middlewares to a view and keeps the request to look at."""

    def __init__(self, **headers: str) -> None:
        self.cookies: SimpleCookie = SimpleCookie()
        self.headers = headers

    @property
    def cookie(self) -> str | None:
        """The value of the session cookie."""
        found = self.cookies.get(settings.SESSION_COOKIE_NAME)
        return found.value if found and found.value else None

    def visit(self, view: Callable[[Any], Any] = lambda request: None) -> Any:
        request = RequestFactory(headers=self.headers).get("/")
        request.COOKIES.update({name: morsel.value for name, morsel in self.cookies.items() if morsel.value})

        def respond(given: Any) -> HttpResponse:
            view(given)
            return HttpResponse()

        chain = SessionMiddleware(AuthenticationMiddleware(BrowserSessionMiddleware(respond)))
        self.answer = cast(HttpResponse, chain(request))
        self.cookies.update(self.answer.cookies)
        return request

    def sign_in(self, account: Any, *methods: str) -> Any:
        """What Django's and allauth's sign-in leave behind, then ours."""

        def view(request: Any) -> None:
            log_in(request, account)
            note_records(request, account, *(methods or ("password",)))
            bind_sign_in(request, account)

        return self.visit(view)

    def prove(self, account: Any, *methods: str) -> Any:
        """A re-authentication."""

        def view(request: Any) -> None:
            note_records(request, account, *methods)
            bind_reauthentication(request)

        return self.visit(view)


def log_in(request: Any, account: Any) -> None:
    """What `django.contrib.auth.login` does to the browser session, without its signals."""
    if request.session.get(SESSION_KEY, str(account.pk)) != str(account.pk):
        request.session.flush()
    elif SESSION_KEY not in request.session:
        request.session.cycle_key()
    request.session[SESSION_KEY] = str(account.pk)
    request.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    request.user = account


def note_records(request: Any, account: Any, *methods: str) -> None:
    """allauth's records of what was proved, as its sign-in and re-authentication leave them."""
    new = [
        {"method": "mfa", "type": method} if method in ("totp", "recovery_codes") else {"method": method}
        for method in methods
        if method != "nothing"
    ]
    at = clock.now().timestamp()
    records = [*request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, []), *({**each, "at": at} for each in new)]
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = records
    request.session[RECORDS_OF] = str(account.pk)
