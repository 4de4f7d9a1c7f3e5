"""Guessing is slow, by whatever way, name or header it is tried; and nobody can be locked out by it for good."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from accounts.throttles import begin_try
from kit.call import CallContext
from tests.actors import PASSWORD, make_customer, sign_in
from tests.journeys.sign_in.conftest import ask_for_code, is_signed_in, mailed_code

pytestmark = pytest.mark.django_db

TOO_MANY = "Too many tries."


@pytest.fixture(autouse=True)
def real_limits(settings: Any) -> None:
    factor = configured.RATE_LIMIT_FACTOR
    rates = {name: rate.split("/", 1) for name, rate in configured.PROOF_RATE_LIMITS.items()}
    settings.PROOF_RATE_LIMITS = {name: f"{int(count) // factor}/{rest}" for name, (count, rest) in rates.items()}


def wrong_password(browser: Client, login: str = "ana@people.example", **headers: Any) -> str:
    return browser.post("/accounts/login/", {"login": login, "password": "not hers"}, **headers).content.decode()


def use_up(tries: int = 5, **headers: Any) -> None:
    for _ in range(tries):
        assert TOO_MANY not in wrong_password(Client(), **headers)


def test_after_five_wrong_passwords_even_the_right_one_waits(ana: Any) -> None:
    use_up()
    answer = Client().post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    assert TOO_MANY in answer.content.decode()


@pytest.mark.parametrize("alias", ["ANA@people.example", "  ana@people.example ", "Ana@PEOPLE.EXAMPLE"])
def test_another_spelling_of_the_address_is_the_same_account(ana: Any, alias: str) -> None:
    use_up()
    assert TOO_MANY in wrong_password(Client(), alias)


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_X_FORWARDED_FOR": "203.0.113.7"},
        {"HTTP_X_REAL_IP": "203.0.113.7"},
        {"HTTP_FORWARDED": "for=203.0.113.7"},
        {"HTTP_CLIENT_IP": "203.0.113.7"},
        {"HTTP_HOST": "127.0.0.1"},
        {"HTTP_USER_AGENT": "another"},
        {"HTTP_COOKIE": "throughline-device=made-up"},
    ],
)
def test_no_header_makes_another_client(ana: Any, headers: dict[str, str]) -> None:
    use_up()
    assert TOO_MANY in wrong_password(Client(), **headers)


def test_of_forwarded_addresses_only_the_one_our_proxy_wrote_counts(ana: Any, settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    for forged in range(5):
        wrong_password(Client(), HTTP_X_FORWARDED_FOR=f"198.51.100.{forged}, 203.0.113.7")
    assert TOO_MANY in wrong_password(Client(), HTTP_X_FORWARDED_FOR="192.0.2.1, 203.0.113.7")


def test_a_known_and_an_unknown_address_are_throttled_alike(ana: Any) -> None:
    for login in (ana.email, "nobody@people.example"):
        said = [TOO_MANY in wrong_password(Client(), login) for _ in range(7)]
        assert said == [False] * 5 + [True] * 2


@pytest.mark.parametrize("way", ["password", "code", "reset", "app"])
def test_all_ways_of_proving_share_one_budget(ben: Any, way: str, app_code: Callable[[], str]) -> None:
    doors = {
        "password": Client(),
        "code": ask_for_code(ben),
        "reset": Client(),
        "app": Client(),
    }
    doors["reset"].post("/accounts/password/reset/", {"email": ben.email})
    doors["app"].post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    for _ in range(5):
        assert begin_try(request_of(Client()), account=ben)
    answers = {
        "password": lambda: wrong_password(doors["password"], ben.email),
        "code": lambda: text(doors["code"].post("/accounts/login/code/confirm/", {"code": "WRNG-CODE"})),
        "reset": lambda: text(doors["reset"].post("/accounts/password/reset/confirm/", {"code": "WRNG-CODE"})),
        "app": lambda: text(doors["app"].post("/accounts/2fa/authenticate/", {"code": "000000"})),
    }
    assert TOO_MANY in answers[way]()


def test_a_right_code_waits_too_when_the_budget_is_used_up(ana: Any) -> None:
    browser = ask_for_code(ana)
    use_up()
    browser.post("/accounts/login/code/confirm/", {"code": mailed_code(ana.email)})
    assert not is_signed_in(browser)


def test_a_success_gives_back_its_own_try_and_no_other(ana: Any) -> None:
    use_up(4)
    browser = Client()
    browser.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    assert is_signed_in(browser)
    assert TOO_MANY not in wrong_password(Client())
    assert TOO_MANY in wrong_password(Client())


def test_nobody_can_lock_the_owner_out_of_the_browser_she_knows(ana: Any) -> None:
    browser = sign_in(ana)
    browser.post("/accounts/logout/")
    use_up()
    assert TOO_MANY in wrong_password(Client())
    browser.post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    assert is_signed_in(browser)


def test_a_known_device_has_a_budget_of_its_own_that_ends_too(ana: Any) -> None:
    browser = sign_in(ana)
    browser.post("/accounts/logout/")
    said = [TOO_MANY in wrong_password(browser) for _ in range(11)]
    assert said == [False] * 10 + [True]
    answer = Client().post("/accounts/login/", {"login": ana.email, "password": PASSWORD})
    assert answer.status_code == 302, "strangers' tries are counted apart"


def test_proving_again_spends_the_budget_of_the_device(ana: Any) -> None:
    browser = sign_in(ana)
    said = [TOO_MANY in text(browser.post("/accounts/reauthenticate/", {"password": "not hers"})) for _ in range(11)]
    assert said == [False] * 10 + [True]


def test_a_device_is_known_to_the_account_that_signed_in_on_it_and_to_no_other(ana: Any, call: CallContext) -> None:
    make_customer(call, "dora")
    browser = sign_in(ana)
    browser.post("/accounts/logout/")
    for _ in range(5):
        assert TOO_MANY not in wrong_password(browser, "dora@people.example")
    assert TOO_MANY in wrong_password(browser, "dora@people.example")


def test_a_device_that_was_put_out_for_cause_is_a_stranger_again(ana: Any) -> None:
    thief, owner = sign_in(ana), sign_in(ana)
    owner.post("/sessions/end-others/")
    for _ in range(5):
        assert TOO_MANY not in wrong_password(thief)
    assert TOO_MANY in wrong_password(thief)


def test_one_network_cannot_try_one_password_on_every_account(ana: Any) -> None:
    said = [TOO_MANY in wrong_password(Client(), f"person{number}@people.example") for number in range(31)]
    assert said == [False] * 30 + [True]


def test_many_networks_together_try_an_account_thirty_times(ana: Any, settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    said = [TOO_MANY in wrong_password(Client(), HTTP_X_FORWARDED_FOR=f"203.0.113.{number}") for number in range(31)]
    assert said == [False] * 30 + [True]


def test_six_digits_are_tried_twenty_times_a_day(ben: Any, settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    said = []
    for number in range(21):
        address = f"203.0.113.{number}"
        thief = Client()
        thief.post("/accounts/login/", {"login": ben.email, "password": PASSWORD}, HTTP_X_FORWARDED_FOR=address)
        answer = thief.post("/accounts/2fa/authenticate/", {"code": "000000"}, HTTP_X_FORWARDED_FOR=address)
        said.append(TOO_MANY in text(answer))
    assert said == [False] * 20 + [True]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def request_of(browser: Client) -> Any:
    return browser.get("/accounts/login/").wsgi_request
