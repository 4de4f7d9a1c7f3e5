"""A browser's request: who it speaks for, and the device it comes from."""

from collections.abc import Callable
from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from kit.call import ANONYMOUS, CallContext, Caller, CallerKind
from sessions_hub import conf, services
from sessions_hub.queries import find_known_device
from sessions_hub.types import Household, SessionState

SID_KEY = "sid"
"""Where the browser session keeps the `sid` of who is at the browser now."""
PARKED_KEY = "parked"
"""Where it keeps the others who are signed in here: `sid` to a digest that changes with the account's password."""
CHANNEL = conf.BROWSER_CHANNEL
"""Browsers sign in on this channel."""
_DEVICE_COOKIE_AGE = 400 * 24 * 3600  # browsers keep no cookie longer


class BrowserRequest(HttpRequest):
    """A request that has passed BrowserSessionMiddleware.

    `note_visitor` and `household` are for doors above: they may not enter here.
    """

    caller: Caller
    hub_session: SessionState | None
    new_device_secret: str | None
    note_visitor: Callable[[], SessionState]
    household: Household


def stranger(request: HttpRequest) -> Caller:
    """Nobody, on a device that may be known to an account."""
    return replace(ANONYMOUS, known_device_in=_device_finder(request))


def caller_of(request: HttpRequest, state: SessionState, *, roles: frozenset[str] = frozenset()) -> Caller:
    """The caller that a browser session stands for."""
    return Caller(
        kind=CallerKind.BROWSER,
        subject=state.subject,
        sid=state.sid,
        acr=state.level.acr,
        amr=state.level.amr,
        auth_time=state.level.auth_time,
        roles=roles,
        known_device_in=_device_finder(request),
    )


def device_secret_of(request: HttpRequest) -> str | None:
    """The secret this browser is recognized by, as its cookie says it."""
    return request.COOKIES.get(settings.DEVICE_COOKIE_NAME)


def recognize_device(hub: BrowserRequest, call: CallContext) -> str:
    """The id of this browser's device; a new one's secret goes out with the answer."""
    device, secret = services.recognize_device(
        secret=hub.new_device_secret or device_secret_of(hub), user_agent=call.user_agent, call=call
    )
    hub.new_device_secret = secret or hub.new_device_secret
    return device.pk


def give_device_cookie(request: BrowserRequest, response: HttpResponse) -> None:
    """Hand a newly recognized device its secret, in the answer to the request that made it."""
    if secret := request.new_device_secret:
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            secret,
            max_age=_DEVICE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _device_finder(request: HttpRequest) -> Callable[[str], str | None]:
    secret = device_secret_of(request)
    return lambda subject: find_known_device(secret=secret, subject=subject)
