import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.services import enroll_totp
from kit import clock
from kit.call import CallContext
from notifications.queries import list_messages
from sessions_hub.queries import list_live_sessions
from tests.actors import make_channel, make_customer
from tests.journeys.people import totp

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _fresh_throttles() -> None:
    cache.clear()


@pytest.fixture
def ana(db: None, call: CallContext) -> Any:
    """A customer with a confirmed address and a password."""
    make_channel(call)
    return make_customer(call, "ana")


@pytest.fixture
def ben(ana: Any, call: CallContext) -> Any:
    """A customer with an authenticator app beside his password."""
    ben = make_customer(call, "ben")
    enroll_totp(sub=ben.sub, secret=SECRET, call=call)
    return ben


@pytest.fixture
def app_code() -> Callable[[], str]:
    """What Ben's app shows; each code works once, so tests forget what was used."""

    def show() -> str:
        cache.clear()
        return totp(SECRET)

    return show


def mailed_code(address: str) -> str:
    """The code in the newest mail to an address."""
    letter = next(letter for letter in list_messages() if letter.to == address)
    found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", letter.body)
    assert found, letter.body
    return found[0]


def letters_to(address: str) -> list[str]:
    """The subjects of the mails to an address, the newest first."""
    return [letter.subject for letter in list_messages() if letter.to == address]


def amr_of(account: Any) -> list[tuple[str, ...]]:
    """What each live session of an account proves."""
    return [state.level.amr for state in list_live_sessions(subject=account.sub, now=clock.now())]


def is_signed_in(browser: Client) -> bool:
    return browser.get("/security/").status_code == 200


def ask_for_code(account: Any) -> Client:
    """A browser in which a code to sign in was asked for."""
    browser = Client()
    answer = browser.post("/accounts/login/code/", {"email": account.email})
    assert answer.status_code == 302, answer.content
    return browser
