"""Signing in with a code from the mailbox: once, soon, in the browser that asked, and never past a second factor."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session as StoredSession
from django.test import Client

from accounts.models import Account
from kit import clock
from kit.call import CallContext
from tests.actors import PASSWORD, make_channel, sign_in
from tests.journeys.sign_in.conftest import amr_of, ask_for_code, is_signed_in, letters_to, mailed_code

pytestmark = pytest.mark.django_db

CONFIRM = "/accounts/login/code/confirm/"


def test_a_mailed_code_signs_in_and_proves_the_mailbox(ana: Any) -> None:
    browser = ask_for_code(ana)
    browser.post(CONFIRM, {"code": mailed_code(ana.email)})
    assert is_signed_in(browser)
    assert amr_of(ana) == [("otp",)]


def test_a_code_works_once(ana: Any) -> None:
    browser = ask_for_code(ana)
    code = mailed_code(ana.email)
    browser.post(CONFIRM, {"code": code})
    browser.post("/accounts/logout/")
    browser.post(CONFIRM, {"code": code})
    assert not is_signed_in(browser)


def test_a_code_works_in_the_browser_that_asked_for_it_only(ana: Any) -> None:
    ask_for_code(ana)
    other = ask_for_code(ana)
    first_code, second_code = mailed_code(ana.email), mailed_code(ana.email)
    thief = Client()
    thief.post(CONFIRM, {"code": second_code})
    assert not is_signed_in(thief)
    other.post(CONFIRM, {"code": first_code})
    assert is_signed_in(other)


def test_a_code_is_good_for_ten_minutes(ana: Any) -> None:
    browser = ask_for_code(ana)
    with time_machine.travel(clock.now().timestamp() + 601):
        browser.post(CONFIRM, {"code": mailed_code(ana.email)})
        assert not is_signed_in(browser)


def test_after_five_wrong_codes_the_right_one_is_worth_nothing(ana: Any) -> None:
    browser = ask_for_code(ana)
    for _ in range(5):
        browser.post(CONFIRM, {"code": "WRNG-CODE"})
    browser.post(CONFIRM, {"code": mailed_code(ana.email)})
    assert not is_signed_in(browser)


@pytest.mark.parametrize("code", ["", "-", "--- ---", "\u0661\u0662", "A" * 10_000, "\x00"])
@pytest.mark.parametrize("address", ["ana@people.example", "nobody@people.example"])
def test_junk_is_a_wrong_code_for_who_is_known_and_who_is_not(ana: Any, address: str, code: str) -> None:
    browser = Client()
    browser.post("/accounts/login/code/", {"email": address})
    assert browser.post(CONFIRM, {"code": code}).status_code == 200


def test_the_second_factor_is_still_asked_for(ben: Any, app_code: Callable[[], str]) -> None:
    browser = ask_for_code(ben)
    answer = browser.post(CONFIRM, {"code": mailed_code(ben.email)})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": app_code()})
    assert is_signed_in(browser)
    assert amr_of(ben) == [("otp",)], "mailbox and app are both possession: one factor"


def test_looking_at_the_page_consumes_nothing(ana: Any) -> None:
    browser = ask_for_code(ana)
    for _ in range(10):
        browser.get(CONFIRM)
    browser.post(CONFIRM, {"code": mailed_code(ana.email)})
    assert is_signed_in(browser)


def test_no_code_can_be_read_from_the_table_of_browser_sessions(ana: Any) -> None:
    ask_for_code(ana)
    code = mailed_code(ana.email)
    for row in StoredSession.objects.all():
        assert code not in row.session_data
        assert code.replace("-", "") not in row.session_data


def test_a_password_chosen_by_whoever_claimed_an_address_dies_when_its_owner_proves_it(
    db: None, call: CallContext
) -> None:
    make_channel(call)
    Client().post("/accounts/signup/", {"email": "carla@people.example", "password1": PASSWORD})  # somebody else
    carla = Account.objects.get(email="carla@people.example")
    browser = ask_for_code(carla)
    browser.post(CONFIRM, {"code": mailed_code(carla.email)})
    assert is_signed_in(browser)
    carla.refresh_from_db()
    assert EmailAddress.objects.get(user=carla).verified
    assert not carla.has_usable_password()
    answer = Client().post("/accounts/login/", {"login": carla.email, "password": PASSWORD})
    assert answer.status_code == 200


def test_a_password_dies_too_when_a_reset_proves_the_address_and_is_left_half_way(db: None, call: CallContext) -> None:
    make_channel(call)
    Client().post("/accounts/signup/", {"email": "carla@people.example", "password1": PASSWORD})
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "carla@people.example"})
    browser.post("/accounts/password/reset/confirm/", {"code": mailed_code("carla@people.example")})
    assert not Account.objects.get(email="carla@people.example").has_usable_password()


def test_somebody_without_password_and_second_factor_proves_again_with_a_mailed_code(ana: Any) -> None:
    browser = sign_in(ana)
    ana.set_unusable_password()
    ana.save()
    browser = ask_for_code(ana)
    browser.post(CONFIRM, {"code": mailed_code(ana.email)})
    asked = browser.get("/accounts/2fa/totp/activate/", follow=True)
    assert asked.redirect_chain[-1][0].startswith("/accounts/reauthenticate/code/")
    before = len(letters_to(ana.email))
    browser.get("/accounts/reauthenticate/code/")
    assert len(letters_to(ana.email)) == before, "looking sends nothing"
    browser.post("/accounts/reauthenticate/code/", {"send": "", "next": "/accounts/2fa/totp/activate/"})
    assert browser.post("/accounts/reauthenticate/code/", {"code": "WRNG-CODE"}).status_code == 200
    code = mailed_code(ana.email)
    answer = browser.post("/accounts/reauthenticate/code/", {"code": code, "next": "/accounts/2fa/totp/activate/"})
    assert answer["Location"] == "/accounts/2fa/totp/activate/"
    assert browser.get("/accounts/2fa/totp/activate/").status_code == 200
