"""allauth's pages that change an account: what it saves and what the journal says of it are one transaction.

allauth saves first and sends its signal afterwards, each committed by itself: a password could be changed with no line
in the journal and every other session alive, a second factor taken off with nobody told.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from kit.unit_of_work import unit_of_work

View = Callable[..., HttpResponse]

#: By URL name. Signing in and up open deeds of their own, but where a passkey is made on the way.
CHANGING = frozenset(
    {
        "account_change_password",
        "account_set_password",
        "account_confirm_password_reset_code",
        "account_complete_password_reset",
        "account_email",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_generate_recovery_codes",
        "mfa_add_webauthn",
        "mfa_remove_webauthn",
        "mfa_signup_webauthn",
    }
)


def make_whole(patterns: Iterable[URLPattern | URLResolver]) -> None:
    """Let each POST to a page in CHANGING be one unit of work: all of it, or nothing when anything fails."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            make_whole(pattern.url_patterns)
        elif pattern.name in CHANGING:
            pattern.callback = _in_one_unit(pattern.callback)


def _in_one_unit(view: View) -> View:
    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with unit_of_work():
            response = view(request, *args, **kwargs)
            _say_now_what_allauth_would_say_later()
            return response

    return door


def _say_now_what_allauth_would_say_later() -> None:
    """Run what allauth put off until after the commit: its signals of second factors, which the journal waits for."""
    connection = transaction.get_connection()
    put_off, connection.run_on_commit = connection.run_on_commit, []
    for each in put_off:
        _, say, _ = each
        if getattr(say, "__module__", "").startswith("allauth."):
            say()
        else:
            connection.run_on_commit.append(each)
