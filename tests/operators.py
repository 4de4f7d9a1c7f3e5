"""Operators in the tests: signed in with both factors, as the raw-data admin wants them."""

import secrets
from base64 import b32encode

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from accounts.services import enroll_totp, register_operator
from accounts.types import Role
from kit.call import CallContext
from tests.actors import PASSWORD, make_channel, sign_in


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def sign_in_operator(role: Role, call: CallContext) -> tuple[Client, str]:
    """A browser in which an operator of this role has signed in, and how the journal names that operator."""
    cache.clear()  # throttles count over tests
    make_channel(call)
    secret = b32encode(secrets.token_bytes(20)).decode()
    account = register_operator(
        email=f"{role}@operators.example", password=PASSWORD, name=role.title(), roles=[role], call=call
    )
    enroll_totp(sub=account.sub, secret=secret, call=call)
    browser = sign_in(account)
    response = browser.post("/accounts/2fa/authenticate/", {"code": _code(secret)})
    if response.status_code != 302:  # half a minute was over between looking and typing
        response = browser.post("/accounts/2fa/authenticate/", {"code": _code(secret)})
    assert response.status_code == 302, response.content
    return browser, f"account:{account.sub}"
