"""Every page, in light and dark: axe, the CSP, two widths, two pictures."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from kit.call import CallContext
from kit.ids import new_secret
from notifications.queries import list_messages
from tests.actors import PASSWORD, make_client
from tests.browser.looking import listen_for_blocked, look_at
from tests.browser.people import app_code, confirm_it_is_me, mailed_code, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOR_ANYBODY = {
    "welcome": "/",
    "sign-in": "/accounts/login/",
    "create-account": "/accounts/signup/",
    "forgot-password": "/accounts/password/reset/",
    "sign-in-with-a-code": "/accounts/login/code/",
    "undo-link-gone": "/accounts/email/undo/nothing/",
    "account-inactive": "/accounts/inactive/",
    "design": "/console/design/",
    "outbox-empty": "/outbox/",
    "not-found": "/nothing-here/",
}
FOR_ANA = {
    "overview": "/",
    "devices": "/sessions/",
    "end-others": "/sessions/end-others/",
    "security": "/security/",
    "not-me": "/security/not-me/",
    "email": "/accounts/email/",
    "change-password": "/accounts/password/change/",
    "two-step": "/accounts/2fa/",
    "sign-out": "/accounts/logout/",
    "confirm-it-is-you": "/accounts/reauthenticate/?next=/security/",
}


def test_pages_for_anybody(window: Callable[..., Page], demo_mode: None) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    for name, path in FOR_ANYBODY.items():
        page.goto(path)
        look_at(page, name)
    assert blocked == []


def test_pages_for_a_customer(window: Callable[..., Page], ana: Any) -> None:
    sign_in(window(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1"), ana)
    page = window()
    blocked = listen_for_blocked(page)
    sign_in(page, ana)
    for name, path in FOR_ANA.items():
        page.goto(path)
        look_at(page, name)
    page.goto("/sessions/")
    page.get_by_role("link", name="Sign out Safari on iPhone").click()
    look_at(page, "end-session")
    page.goto("/accounts/2fa/totp/activate/")
    confirm_it_is_me(page)
    look_at(page, "turn-on-two-step")
    page.goto("/accounts/password/change/")
    look_at(page, "new-password-signed-in")
    assert blocked == []


def test_the_page_where_operators_start(window: Callable[..., Page], operator: Any) -> None:
    page = window()
    sign_in(page, operator)
    page.get_by_role("link", name="Console").click()
    look_at(page, "console")


@pytest.mark.parametrize(
    ("name", "path", "fields"),
    [
        ("sign-in-wrong", "/accounts/login/", {"Email address": "ana@people.example", "Password": "not hers"}),
        ("create-account-wrong", "/accounts/signup/", {"Email address": "ana", "Password": "short"}),
        ("forgot-password-wrong", "/accounts/password/reset/", {"Email address": ""}),
    ],
)
def test_a_form_with_something_to_mend_says_so_on_top_and_beside_the_field(
    window: Callable[..., Page], ana: Any, name: str, path: str, fields: dict[str, str]
) -> None:
    page = window()
    page.goto(path)
    for label, value in fields.items():
        page.get_by_label(label).fill(value)
    page.locator(".button-primary").click()
    summary = page.locator(".summary")
    expect(summary).to_be_visible()
    expect(summary).to_be_focused()
    assert page.title().startswith("Error: ")
    for error in page.locator(".field-error").all():
        assert error.text_content() in summary.text_content()  # type: ignore[operator]
    look_at(page, name)


def test_pages_on_the_way_in(window: Callable[..., Page], web: None, demo_mode: None) -> None:
    page = window()
    page.goto("/accounts/signup/")
    page.get_by_label("Email address").fill("ben@people.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    look_at(page, "confirm-email")
    page.get_by_label("Code", exact=True).fill(mailed_code("ben@people.example"))
    page.get_by_role("button", name="Continue").click()
    look_at(page, "first-sight")

    page.goto("/accounts/2fa/totp/activate/")
    confirm_it_is_me(page)
    page.get_by_label("Code from the app").fill(app_code(page.locator("#authenticator_secret").inner_text()))
    page.get_by_role("button", name="Turn on").click()
    look_at(page, "recovery-codes")
    code = page.locator("#recovery_codes li").first.inner_text()
    page.goto("/accounts/2fa/")
    look_at(page, "two-step-on")
    page.goto("/accounts/2fa/totp/deactivate/")
    look_at(page, "turn-off-two-step")
    page.goto("/accounts/2fa/recovery-codes/generate/")
    look_at(page, "new-recovery-codes")
    page.goto("/security/")
    look_at(page, "security-with-history")
    page.get_by_role("button", name="Sign out").click()

    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Email address").fill("ben@people.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    look_at(page, "enter-code")
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/outbox/")
    look_at(page, "outbox")


def test_the_pages_of_a_forgotten_password(window: Callable[..., Page], ana: Any) -> None:
    page = window()
    page.goto("/accounts/password/reset/")
    page.get_by_label("Email address").fill(ana.email)
    page.get_by_role("button", name="Send a code").click()
    look_at(page, "reset-code")
    page.get_by_label("Code", exact=True).fill(mailed_code(ana.email))
    page.get_by_role("button", name="Continue").click()
    look_at(page, "new-password")


def test_the_pages_of_a_changed_address(window: Callable[..., Page], ana: Any) -> None:
    page = window()
    sign_in(page, ana)
    page.goto("/accounts/email/")
    page.get_by_label("New email address").fill("ana@new.example")
    page.get_by_role("button", name="Send a code").click()
    confirm_it_is_me(page)
    page.get_by_label("Code", exact=True).fill(mailed_code("ana@new.example"))
    page.get_by_role("button", name="Continue").click()
    letter = next(each for each in list_messages() if each.to == "ana@people.example")
    found = re.search(r"/accounts/email/undo/\S+", letter.body)
    assert found
    stranger = window()
    stranger.goto(found[0])
    look_at(stranger, "undo-change")
    stranger.get_by_role("button", name="Take it back").click()
    look_at(stranger, "change-undone")


def test_proving_again_by_mail(window: Callable[..., Page], ana: Any) -> None:
    page = window()
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Send me a code by mail").click()
    page.get_by_label("Email address").fill(ana.email)
    page.get_by_role("button", name="Send a code").click()
    look_at(page, "sign-in-code")
    page.get_by_label("Code", exact=True).fill(mailed_code(ana.email))
    page.get_by_role("button", name="Continue").click()
    type(ana).objects.filter(pk=ana.pk).update(password="!")
    page.context.clear_cookies()
    page.goto("/accounts/login/code/")
    page.get_by_label("Email address").fill(ana.email)
    page.get_by_role("button", name="Send a code").click()
    page.get_by_label("Code", exact=True).fill(mailed_code(ana.email))
    page.get_by_role("button", name="Continue").click()
    page.goto("/accounts/password/set/")
    look_at(page, "confirm-by-mail")
    page.get_by_role("button", name="Send a code").click()
    look_at(page, "confirm-by-mail-sent")
    page.get_by_label("Code", exact=True).fill(mailed_code(ana.email))
    page.get_by_role("button", name="Confirm").click()
    look_at(page, "choose-a-password")


def test_the_pages_an_app_leads_to(window: Callable[..., Page], ana: Any, call: CallContext) -> None:
    shop = make_client(call, first_party=False)
    page = window()
    sign_in(page, ana)
    page.goto("/oauth/authorize?" + urlencode(shop.authorize_parameters(new_secret())))
    look_at(page, "consent")
    allow, refuse = page.locator(".answers .button").all()
    assert allow.bounding_box()["width"] == refuse.bounding_box()["width"]  # type: ignore[index]
    page.goto(
        "/oauth/authorize?" + urlencode(shop.authorize_parameters(new_secret(), redirect_uri="https://evil.example/"))
    )
    look_at(page, "oauth-error")
    page.goto("/oauth/logout")
    look_at(page, "oauth-sign-out")
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    look_at(page, "oauth-signed-out")
