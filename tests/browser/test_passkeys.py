"""Passkeys in a real Chromium: signing up and in with nothing else, as a second step, and for what a client asks."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts.models import Account
from accounts.queries import get_best_acr
from kit import clock
from kit.call import CallContext
from kit.ids import new_secret
from notifications.queries import list_messages
from sessions_hub.queries import list_live_sessions
from tests.actors import claims_of, make_client, query_of
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.passkey import Authenticator
from tests.browser.people import confirm_it_is_me, mailed_code, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CALLBACK = "/security/"  # a page of ours stands in for a client's


@pytest.fixture(autouse=True)
def issuer(live_server: Any, settings: Any) -> str:
    """Passkeys belong to the configured origin and to no other."""
    cache.clear()
    settings.ISSUER_URL = live_server.url
    settings.OAUTH2_PROVIDER = settings.OAUTH2_PROVIDER | {"OIDC_ISS_ENDPOINT": live_server.url}
    return str(live_server.url)


def level_of(account: Any) -> tuple[str, tuple[str, ...]]:
    [session] = list_live_sessions(subject=account.sub, now=clock.now())
    return session.level.acr, session.level.amr


def add_passkey(page: Page, *, alone: bool = True) -> None:
    page.goto("/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        confirm_it_is_me(page)
    if not alone:
        page.get_by_label("Sign in with it alone").uncheck()
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url(re.compile("/2fa/recovery-codes/|/2fa/$"))


def leave(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign out").click()


def test_a_newcomer_signs_up_with_a_passkey_and_nothing_else_and_signs_in_with_it(
    window: Callable[..., Page], web: None
) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    device = Authenticator(page)
    page.goto("/accounts/signup/")
    page.get_by_role("link", name="Use a passkey instead of a password").click()
    look_at(page, "sign-up-by-passkey")
    page.get_by_label("Email address").fill("ben@people.example")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Code", exact=True).fill(mailed_code("ben@people.example"))
    page.get_by_role("button", name="Continue").click()
    look_at(page, "create-passkey")
    page.get_by_role("button", name="Create the passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello")
    ben = Account.objects.get(email="ben@people.example")
    assert not ben.has_usable_password()
    assert level_of(ben) == ("urn:throughline:1fa", ("otp",)), "making a passkey proves nothing yet"
    assert get_best_acr(ben) == "phr"
    assert len(device.passkeys) == 1

    leave(page)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello")
    assert level_of(ben) == ("phr", ("mfa", "pop", "user"))
    assert blocked == []


def test_a_customer_adds_names_and_removes_a_passkey_and_is_told_by_mail(window: Callable[..., Page], ana: Any) -> None:
    page = window(user_agent="Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Chrome/156.0 Safari/537.36")
    Authenticator(page)
    sign_in(page, ana)
    page.goto("/accounts/2fa/webauthn/add/")
    confirm_it_is_me(page)
    look_at(page, "add-passkey")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto("/accounts/2fa/webauthn/")
    look_at(page, "passkeys")
    page.get_by_role("link", name="Rename Chrome on Mac").click()
    look_at(page, "rename-passkey")
    page.get_by_label("Name").fill("The one at work")
    page.get_by_role("button", name="Save the name").click()
    page.get_by_role("link", name="Remove The one at work").click()
    look_at(page, "remove-passkey")
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator("main")).to_contain_text("None yet")
    subjects = [letter.subject for letter in list_messages()]
    assert subjects[:2] == ["A passkey was removed", "A passkey was added"]
    body = list_messages()[0].body
    assert "Chrome on Mac" in body
    assert "/security/not-me/" in body


def test_a_passkey_is_the_second_step_after_a_password(window: Callable[..., Page], ana: Any) -> None:
    page = window()
    Authenticator(page, verifies=False, keeps=False)
    sign_in(page, ana)
    add_passkey(page, alone=False)
    leave(page)
    sign_in(page, ana)
    look_at(page, "second-step-passkey")
    page.goto("/security/")
    expect(page).to_have_url(re.compile("/accounts/login/|/2fa/authenticate/"))
    page.goto("/accounts/2fa/authenticate/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")
    assert level_of(ana) == ("urn:throughline:2fa", ("mfa", "pop", "pwd")), "a key without a PIN verifies nobody"
    assert get_best_acr(ana) == "urn:throughline:2fa"


def test_a_passkey_that_does_not_recognize_its_holder_signs_nobody_in(window: Callable[..., Page], ana: Any) -> None:
    page = window()
    device = Authenticator(page)
    sign_in(page, ana)
    add_passkey(page)
    leave(page)
    device.forget_owner()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("No passkey was used. You can try again, or use another way.")


def test_a_client_that_asks_for_phr_gets_it_from_a_passkey_in_the_middle_of_its_request(
    window: Callable[..., Page], ana: Any, call: CallContext, issuer: str
) -> None:
    shop = make_client(call, redirect_uris=(issuer + CALLBACK,))
    page = window()
    Authenticator(page)
    sign_in(page, ana)
    add_passkey(page)
    assert level_of(ana)[0] == "urn:throughline:1fa"
    verifier = new_secret()
    page.goto("/oauth/authorize?" + urlencode(shop.authorize_parameters(verifier, acr_values="phr")))
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm it's you")
    look_at(page, "confirm-with-passkey")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "code=" in url)
    tokens = shop.redeem(query_of(page.url)["code"], verifier).json()
    claims = claims_of(tokens["id_token"])
    assert (claims["acr"], claims["amr"]) == ("phr", ["mfa", "pop", "pwd", "user"])


def test_a_second_step_that_recognizes_its_holder_is_phr(window: Callable[..., Page], ana: Any) -> None:
    page = window()
    Authenticator(page)
    sign_in(page, ana)
    add_passkey(page)
    leave(page)
    sign_in(page, ana)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")
    assert level_of(ana) == ("phr", ("mfa", "pop", "pwd", "user"))


def test_proving_again_takes_the_passkey_and_not_the_password_once_there_is_one(
    window: Callable[..., Page], ana: Any
) -> None:
    page = window()
    Authenticator(page)
    sign_in(page, ana)
    add_passkey(page)
    leave(page)
    sign_in(page, ana)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")
    page.goto("/accounts/password/change/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm it's you")
    expect(page.get_by_label("Password")).to_be_hidden()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change your password")
    look_at(page, "change-password-beside-a-passkey")


def test_without_javascript_the_passkey_is_not_offered_and_the_page_says_why(window: Callable[..., Page]) -> None:
    page = window(java_script_enabled=False)
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    assert "<noscript>" in page.content(), "Chromium shows it to who has switched scripts off, not to who pretends"
