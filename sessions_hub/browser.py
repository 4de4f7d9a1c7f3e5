"""The browser's side of a session: which hub session its cookie stands for, and with which device it comes.

Called from doors and from the reactions to allauth's signals. allauth's records of what was proved are read here,
when the person is fully in and at each re-authentication, and nowhere else.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import cast

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from accounts.queries import list_proofs
from accounts.types import Method, Proof
from kit import clock
from kit.call import ANONYMOUS, CallContext, Caller, CallerKind
from kit.http import call_from
from sessions_hub import services
from sessions_hub.errors import SessionEnded
from sessions_hub.queries import find_known_device
from sessions_hub.types import EndReason, SessionState

SID_KEY = "sid"
"""Where the browser session keeps the `sid` it stands for."""
CHANNEL = "web"
"""Browsers sign in on this channel."""
_SIGN_UP_CODE = "sign_up_code"
_DEVICE_COOKIE_AGE = 400 * 24 * 3600  # browsers keep no cookie longer


class BrowserRequest(HttpRequest):
    """A request that has passed BrowserSessionMiddleware.

    `note_visitor` is for doors above that ask a stranger to sign in: they may not enter here.
    """

    caller: Caller
    hub_session: SessionState | None
    new_device_secret: str | None
    note_visitor: Callable[[], SessionState]


def begin(request: HttpRequest) -> BrowserRequest:
    """Take a request for a stranger's, until something says whose it is."""
    hub = cast(BrowserRequest, request)
    hub.caller, hub.hub_session = stranger(request), None
    hub.new_device_secret = None
    hub.note_visitor = partial(note_visitor, request)
    return hub


def bind_sign_in(request: HttpRequest, account: AbstractBaseUser) -> SessionState:
    """Let this browser stand for a session of `account`, who is fully signed in, and rotate the cookie's secret.

    The same account signing in again goes on with its session, which gains the new proofs; another account's
    session in this browser is ended. Raises SignInRefused, ChannelUnavailable.
    """
    hub = _browser_request(request)
    subject = account.get_username()
    call = call_from(request, caller=Caller(kind=CallerKind.BROWSER, subject=subject), channel=CHANNEL)
    proofs = list_proofs(get_authentication_records(request, account))
    signed_up_by = request.session.pop(_SIGN_UP_CODE, None)
    if not proofs and signed_up_by and signed_up_by["account"] == account.pk:
        proofs = (Proof(method=Method.EMAIL_CODE, at=datetime.fromisoformat(signed_up_by["at"])),)
    state = _go_on(hub, subject, proofs, call)
    if state is None:
        state = services.start_session(
            account_id=account.pk,
            subject=subject,
            device_id=_recognize_device(hub, call),
            channel=CHANNEL,
            proofs=proofs,
            call=call,
        )
    request.session[SID_KEY] = state.sid
    _enter(hub, state)
    return state


def note_visitor(request: HttpRequest) -> SessionState:
    """The anonymous session of a browser in which nobody is signed in, begun where it has none yet.

    What is decided and chosen before signing in attaches to it; signing in links it to that one person. Called where
    somebody is asked to sign in, not on every visit: a page that is only looked at leaves no row. Raises
    ChannelUnavailable.
    """
    hub = cast(BrowserRequest, request)
    call = call_from(request, channel=CHANNEL)
    return services.start_device_session(device_id=_recognize_device(hub, call), channel=CHANNEL, call=call)


def bind_reauthentication(request: HttpRequest) -> SessionState:
    """Add to this browser's session what its person has just proved again, and rotate the cookie's secret.

    Raises SessionEnded when there is no live session to add to.
    """
    hub = _browser_request(request)
    user = request.user
    if hub.hub_session is None or not isinstance(user, AbstractBaseUser):
        raise SessionEnded
    call = call_from(request, channel=hub.hub_session.channel)
    proofs = list_proofs(get_authentication_records(request, user))
    state = services.add_proofs(sid=hub.hub_session.sid, proofs=proofs, call=call)
    _enter(hub, state)
    return state


def note_sign_up_code(request: HttpRequest, account: AbstractBaseUser) -> None:
    """Remember in this browser that its person typed the code mailed to the address of `account`.

    allauth keeps no record of what was proved at sign-up, and with a passkey the sign-up goes on for another page. The
    code counts only where `bind_sign_in` finds no record at all: verifying one more address must never pass for a
    second factor.
    """
    request.session[_SIGN_UP_CODE] = {"account": account.pk, "at": clock.now().isoformat()}


def end_browser_session(request: HttpRequest, *, reason: str = EndReason.SIGNED_OUT) -> bool:
    """Revoke the session this browser stands for; False when there was none. The caller flushes the cookie's side."""
    hub = _browser_request(request)
    state = hub.hub_session
    if state is None:
        return False
    ended = services.revoke_session(sid=state.sid, reason=reason, call=call_from(request, channel=state.channel))
    request.session.pop(SID_KEY, None)
    hub.hub_session, hub.caller = None, stranger(request)
    return ended


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


def give_device_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Hand a newly recognized device its secret, in the answer to the request that made it."""
    if secret := _browser_request(request).new_device_secret:
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            secret,
            max_age=_DEVICE_COOKIE_AGE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _device_finder(request: HttpRequest) -> Callable[[str], str | None]:
    secret = request.COOKIES.get(settings.DEVICE_COOKIE_NAME)
    return lambda subject: find_known_device(secret=secret, subject=subject)


def _browser_request(request: HttpRequest) -> BrowserRequest:
    """The request as the middleware left it; a stranger's where one came around it (Django's test client does)."""
    return cast(BrowserRequest, request) if hasattr(request, "hub_session") else begin(request)


def _go_on(hub: BrowserRequest, subject: str, proofs: tuple[Proof, ...], call: CallContext) -> SessionState | None:
    """The session this browser already has, when it is this subject's and still lives; another's is ended."""
    current = hub.hub_session
    if current is None:
        return None
    if current.subject != subject:
        services.revoke_session(sid=current.sid, reason=EndReason.REPLACED, call=call)
        return None
    try:
        return services.add_proofs(sid=current.sid, proofs=proofs, call=call)
    except SessionEnded:
        return None  # ended while the person was typing


def _recognize_device(hub: BrowserRequest, call: CallContext) -> str:
    device, secret = services.recognize_device(
        secret=hub.COOKIES.get(settings.DEVICE_COOKIE_NAME), user_agent=call.user_agent, call=call
    )
    hub.new_device_secret = secret
    return device.pk


def _enter(hub: BrowserRequest, state: SessionState) -> None:
    """From here on the request speaks with the level just reached, and the cookie's old secret is worth nothing."""
    hub.session.cycle_key()
    hub.hub_session = state
    roles = hub.caller.roles if hub.caller.subject == state.subject else frozenset()
    hub.caller = caller_of(hub, state, roles=roles)
