"""What people do in a browser."""

import re
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page

from kit import clock
from notifications.queries import list_messages
from tests.actors import PASSWORD


def sign_in(page: Page, account: Any, *, password: str = PASSWORD) -> None:
    """Through the page, as a person does."""
    page.goto("/accounts/login/")
    page.get_by_label("Email address").fill(account.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def confirm_it_is_me(page: Page, *, password: str = PASSWORD) -> None:
    """Where the gateway asks once more."""
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Confirm").click()


def mailed_code(address: str) -> str:
    """The code in the newest mail to that address."""
    letter = next(letter for letter in list_messages() if letter.to == address)
    found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", letter.body)
    assert found, letter.body
    return found[0]


def app_code(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30)))
