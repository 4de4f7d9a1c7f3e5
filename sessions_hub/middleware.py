"""Who a browser's request comes from: the edge where a cookie becomes a caller."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from kit import clock
from kit.http import call_from
from sessions_hub import queries, rules, services
from sessions_hub.browser import SID_KEY, BrowserHousehold, BrowserRequest, begin, caller_of, give_device_cookie


class BrowserSessionMiddleware:
    """Set `request.caller` and `request.hub_session`; a browser session whose hub session is dead is flushed.

    The account comes with the session in one statement, so `request.user` costs none of its own. A visitor without
    a session cookie costs nothing. Others who are signed in here are looked up when somebody asks for them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        hub = begin(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            _recognize(hub)
        response = self.get_response(request)
        cast(BrowserHousehold, hub.household).keep()
        give_device_cookie(hub, response)
        return response


def _recognize(request: BrowserRequest) -> None:
    browser = request.session
    user_key, sid = browser.get(SESSION_KEY), browser.get(SID_KEY)
    household = cast(BrowserHousehold, request.household)
    household.read(browser, None)
    if user_key is None and sid is None:
        return  # nobody has signed in here: a form in progress, a message to show
    now = clock.now()
    found = queries.find_browser_session(sid=str(sid), now=now) if user_key and sid else None
    if found is None or not _belongs(browser, found.account):
        browser.flush()
        request.user = AnonymousUser()
        return
    household.read(browser, found)
    request.user = found.account
    request.hub_session = found.state
    request.caller = caller_of(request, found.state, roles=found.roles)
    if now - found.state.last_seen_at >= rules.TOUCH_EVERY:
        services.touch(sid=found.state.sid, call=call_from(request, channel=found.state.channel))


def _belongs(browser: SessionBase, account: AbstractBaseUser) -> bool:
    """Whether the browser session is this account's, and not older than its password (as Django itself checks)."""
    if browser[SESSION_KEY] != str(account.pk):
        return False
    known = str(browser.get(HASH_SESSION_KEY, ""))
    current = (account.get_session_auth_hash(), *account.get_session_auth_fallback_hash())
    return any(constant_time_compare(known, each) for each in current)
