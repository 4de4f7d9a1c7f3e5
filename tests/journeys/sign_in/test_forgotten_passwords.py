"""A forgotten password: replaced by way of the mailbox, which proves the mailbox and nothing more."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kit.call import CallContext
from tests.actors import make_client, sign_in
from tests.journeys.sign_in.conftest import amr_of, is_signed_in, letters_to, mailed_code

pytestmark = pytest.mark.django_db

NEW = "over the hills and far away"


def reset(account: Any, password: str = NEW) -> tuple[Client, Any]:
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": account.email})
    browser.post("/accounts/password/reset/confirm/", {"code": mailed_code(account.email)})
    fields = {"password1": password, "password2": password}
    return browser, browser.post("/accounts/password/reset/complete/", fields)


def test_a_reset_signs_nobody_in_and_tells_the_mailbox(ana: Any) -> None:
    browser, _ = reset(ana)
    assert not is_signed_in(browser)
    assert letters_to(ana.email)[0] == "Your password was reset"
    assert is_signed_in(sign_in(ana, password=NEW))


def test_after_a_reset_the_second_factor_is_still_asked_for(ben: Any, app_code: Callable[[], str]) -> None:
    reset(ben)
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": ben.email, "password": NEW})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": app_code()})
    assert is_signed_in(browser)


def test_a_reset_ends_everything_that_was_signed_in_tokens_too(
    ben: Any, app_code: Callable[[], str], call: CallContext
) -> None:
    shop = make_client(call)
    browser = Client()
    browser.post("/accounts/login/", {"login": ben.email, "password": "correct horse battery staple"})
    browser.post("/accounts/2fa/authenticate/", {"code": app_code()})
    tokens = shop.tokens_for(browser)
    reset(ben)
    assert amr_of(ben) == []
    assert not is_signed_in(browser)
    assert shop.refresh(tokens["refresh_token"]).status_code == 400
    assert shop.introspect(tokens["access_token"]) == {"active": False}


def test_the_new_password_may_be_short_only_beside_a_second_factor(ana: Any, ben: Any) -> None:
    short = "tall oaks"
    _, refused = reset(ana, short)
    assert refused.status_code == 200
    assert "password1" in refused.context["form"].errors
    _, taken = reset(ben, short)
    assert taken.status_code == 302


def test_somebody_without_an_account_never_reaches_the_page_for_a_new_password(ana: Any) -> None:
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "nobody@people.example"})
    for code in ("-", "WRNG-CODE"):
        assert browser.post("/accounts/password/reset/confirm/", {"code": code}).status_code == 200
    assert browser.get("/accounts/password/reset/complete/").status_code == 302
