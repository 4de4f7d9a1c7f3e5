"""What signs a browser in and out: allauth's signals, and strangers who are asked to sign in."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, cast

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts.queries import list_proofs
from accounts.types import Method, Proof
from kit import clock
from kit.call import CallContext, Caller, CallerKind
from kit.http import call_from
from sessions_hub import services
from sessions_hub.browser.household import BrowserHousehold
from sessions_hub.browser.requests import CHANNEL, BrowserRequest, caller_of, recognize_device, stranger
from sessions_hub.errors import SessionEnded
from sessions_hub.queries import BrowserSession
from sessions_hub.types import EndReason, SessionState

if TYPE_CHECKING:
    from accounts.models import Account

_SIGN_UP_CODE = "sign_up_code"


def begin(request: HttpRequest) -> BrowserRequest:
    """Take a request for a stranger's, until something says whose it is."""
    hub = cast(BrowserRequest, request)
    hub.caller, hub.hub_session = stranger(request), None
    hub.new_device_secret = None
    hub.household = BrowserHousehold(hub)
    hub.note_visitor = partial(note_visitor, request)
    return hub


def bind_sign_in(request: HttpRequest, account: AbstractBaseUser) -> SessionState:
    """Let this browser stand for a session of `account`, who is fully signed in, and rotate the cookie's secret.

    The same account signing in again goes on with the session it has here, which gains the new proofs; another
    account's session in this browser is parked. Raises SignInRefused, ChannelUnavailable.
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
            device_id=recognize_device(hub, call),
            channel=CHANNEL,
            proofs=proofs,
            call=call,
        )
    _household(hub).seat(BrowserSession(state, cast("Account", account), frozenset()))
    return state


def note_visitor(request: HttpRequest) -> SessionState:
    """The anonymous session of a browser in which nobody is signed in, begun where it has none yet.

    What is decided and chosen before signing in attaches to it; signing in links it to that one person. Called where
    somebody is asked to sign in, not on every visit: a page that is only looked at leaves no row. Raises
    ChannelUnavailable.
    """
    hub = cast(BrowserRequest, request)
    call = call_from(request, channel=CHANNEL)
    return services.start_device_session(device_id=recognize_device(hub, call), channel=CHANNEL, call=call)


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
    hub.session.cycle_key()
    hub.hub_session, hub.caller = state, caller_of(hub, state, roles=hub.caller.roles)
    return state


def note_sign_up_code(request: HttpRequest, account: AbstractBaseUser) -> None:
    """Remember in this browser that its person typed the code mailed to the address of `account`.

    allauth keeps no record of what was proved at sign-up, and with a passkey the sign-up goes on for another page. The
    code counts only where `bind_sign_in` finds no record at all: verifying one more address must never pass for a
    second factor.
    """
    request.session[_SIGN_UP_CODE] = {"account": account.pk, "at": clock.now().isoformat()}


def end_browser_session(request: HttpRequest, *, reason: str = EndReason.SIGNED_OUT) -> bool:
    """Revoke the session this browser stands for; False when there was none. The caller flushes the cookie's side.

    Others who are signed in here stay so, parked.
    """
    hub = _browser_request(request)
    if hub.hub_session is None:
        return False
    call = call_from(request, channel=hub.hub_session.channel)
    ended = [services.revoke_session(sid=sid, reason=reason, call=call) for sid in _household(hub).vacate()]
    return any(ended)


def _browser_request(request: HttpRequest) -> BrowserRequest:
    """The request as the middleware left it; a stranger's where one came around it (Django's test client does)."""
    return cast(BrowserRequest, request) if hasattr(request, "hub_session") else begin(request)


def _household(hub: BrowserRequest) -> BrowserHousehold:
    return cast(BrowserHousehold, hub.household)


def _go_on(hub: BrowserRequest, subject: str, proofs: tuple[Proof, ...], call: CallContext) -> SessionState | None:
    """The session this subject already has here, current or parked, if it still lives."""
    known = _household(hub).session_of(subject)
    if known is None:
        return None
    try:
        state = services.add_proofs(sid=known.sid, proofs=proofs, call=call)
    except SessionEnded:
        return None  # ended while the person was typing
    services.end_device_session(device_id=state.device_id, channel=CHANNEL, call=call)
    return state
