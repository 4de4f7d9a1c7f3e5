"""What a password must be: long enough for what stands beside it, nothing everybody tries, nothing about its owner."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import Account
from accounts.queries import get_account
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from kit.call import CallContext
from tests.actors import PASSWORD, sign_in

pytestmark = pytest.mark.django_db


def refused(password: str, **changes: str) -> bool:
    values = {"email": "annabel.stone@people.example", "name": "Annabel Stone", "password1": password} | changes
    answer = Client().post("/accounts/signup/", values)
    return answer.status_code == 200 and list(answer.context["form"].errors) == ["password1"]


@pytest.mark.parametrize(
    "password",
    [
        "14 characters.",
        "passwordpassword",
        "PASSWORDpassword",
        "letmeinletmeinletmein",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "1234567890123456",
        "qwertyuiopasdfghjkl",
        "zyxwvutsrqponmlkjihg",
        "annabel.stone@people.example",
        "AnnabelStone2026!",
        "throughline-stone",
        "stoneannabelstone",
    ],
)
def test_what_is_tried_first_is_refused(ana: Any, password: str) -> None:
    assert refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "fifteen letters",
        "annabel walks along the river",
        "no capitals no digits no signs",
        "ü" * 3 + " sommernachtstraum " + "☀️" * 20,
        "x" + "long enough to be a whole sentence, " * 5,
    ],
)
def test_any_other_is_welcome_whatever_it_is_composed_of(ana: Any, password: str) -> None:
    assert not refused(password)
    assert Account.objects.get(email="annabel.stone@people.example").password_stands_alone


def prove_again(browser: Client, code: str) -> None:
    browser.post("/accounts/2fa/reauthenticate/", {"code": code})


@pytest.fixture
def signed_in_ben(ben: Any, app_code: Callable[[], str]) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": app_code()})
    prove_again(browser, app_code())
    return browser


def change(browser: Client, password: str) -> Any:
    return browser.post("/accounts/password/change/", {"password1": password, "password2": password})


def test_a_password_good_only_beside_a_second_factor_keeps_that_factor(ben: Any, signed_in_ben: Client) -> None:
    assert change(signed_in_ben, "tall oaks").status_code == 302
    assert not get_account(ben.sub).password_stands_alone
    answer = signed_in_ben.post("/accounts/2fa/totp/deactivate/")
    assert "Choose a longer password first" in answer.content.decode()
    assert Authenticator.objects.filter(user=ben, type="totp").exists()

    assert change(signed_in_ben, "a longer one, this time").status_code == 302
    assert signed_in_ben.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(user=ben).exists(), "recovery codes go with the last factor"


def test_eight_characters_are_the_least_beside_a_second_factor(signed_in_ben: Client) -> None:
    assert change(signed_in_ben, "7 chars").status_code == 200


def test_the_policy_says_how_long(ana: Any, call: CallContext) -> None:
    publish_policy(channel="web", body={"passwords": {"alone": 30}}, call=call)
    forget_policies()
    assert refused("correct horse battery staple")


def test_a_password_changes_after_a_fresh_proof_only(ana: Any) -> None:
    browser = sign_in(ana)
    new = "another sentence altogether"
    answer = change(browser, new)
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert get_account(ana.sub).check_password(PASSWORD)


def test_a_stolen_session_cannot_give_a_passwordless_account_a_password(ana: Any, call: CallContext) -> None:
    browser = sign_in(ana)
    Account.objects.filter(pk=ana.pk).update(password="!")
    browser = Client()
    browser.force_login(get_account(ana.sub))
    answer = browser.post("/accounts/password/set/", {"password1": "a new sentence", "password2": "a new sentence"})
    assert answer.status_code == 302
    assert not get_account(ana.sub).has_usable_password()


def test_with_a_second_factor_the_password_is_no_fresh_proof(ben: Any, signed_in_ben: Client, app_code: Any) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": app_code()})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert browser.get("/accounts/2fa/totp/deactivate/")["Location"].startswith("/accounts/2fa/reauthenticate/")


def test_recovery_codes_are_shown_once_work_once_and_are_made_anew_after_a_fresh_proof(
    ben: Any, signed_in_ben: Client
) -> None:
    signed_in_ben.post("/accounts/2fa/recovery-codes/generate/")
    shown = signed_in_ben.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert len(shown) == 10
    assert "****" in signed_in_ben.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert signed_in_ben.get("/accounts/2fa/recovery-codes/download/").status_code == 403
    for times, works in ((1, True), (2, False)):
        browser = Client()
        browser.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
        browser.post("/accounts/2fa/authenticate/", {"code": shown[0]})
        assert (browser.get("/security/").status_code == 200) is works, times
    stored = Authenticator.objects.get(user=ben, type="recovery_codes").data
    assert not any(code in str(stored) for code in shown)
