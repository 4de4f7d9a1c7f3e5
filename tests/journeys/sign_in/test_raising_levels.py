"""From one factor to two, whichever came first; each page leads to the next until the level is there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kit.call import CallContext
from kit.ids import new_secret
from tests.actors import PASSWORD, ChannelApp, claims_of, make_client, query_of
from tests.journeys.sign_in.conftest import ask_for_code, mailed_code

pytestmark = pytest.mark.django_db

TWO = "urn:throughline:2fa"


@pytest.fixture
def shop(ana: Any, call: CallContext) -> ChannelApp:
    return make_client(call)


def page_for(browser: Client, shop: ChannelApp, verifier: str, acr: str) -> str:
    """The page that a request for a level leads to."""
    asked = browser.get("/oauth/authorize", shop.authorize_parameters(verifier, acr_values=acr))
    assert asked["Location"].startswith("/accounts/step-up/"), asked["Location"]
    return str(browser.get(asked["Location"])["Location"])


def test_who_came_with_mailbox_and_app_is_asked_for_the_password(
    ben: Any, shop: ChannelApp, app_code: Callable[[], str]
) -> None:
    browser = ask_for_code(ben)
    browser.post("/accounts/login/code/confirm/", {"code": mailed_code(ben.email)})
    browser.post("/accounts/2fa/authenticate/", {"code": app_code()})
    verifier = new_secret()
    page = page_for(browser, shop, verifier, TWO)
    assert page.startswith("/accounts/reauthenticate/?")
    arrived = browser.get(browser.post(page, {"password": PASSWORD})["Location"])
    claims = claims_of(shop.redeem(query_of(arrived["Location"])["code"], verifier).json()["id_token"])
    assert (claims["acr"], claims["amr"]) == (TWO, ["mfa", "otp", "pwd"])


def test_nobody_without_a_passkey_is_led_on_to_a_level_that_only_one_reaches(ben: Any, shop: ChannelApp) -> None:
    browser = ask_for_code(ben)
    answer = browser.get("/oauth/authorize", shop.authorize_parameters(new_secret(), acr_values="phr"))
    assert answer["Location"].startswith("/accounts/login/"), "a stranger signs in first"


def test_a_level_out_of_reach_is_said_at_once(ana: Any, shop: ChannelApp) -> None:
    browser = ask_for_code(ana)
    browser.post("/accounts/login/code/confirm/", {"code": mailed_code(ana.email)})
    for acr in ("phr", TWO):
        answer = browser.get("/oauth/authorize", shop.authorize_parameters(new_secret(), acr_values=acr))
        assert query_of(answer["Location"])["error"] == "unmet_authentication_requirements"


def test_the_door_to_a_higher_level_is_no_way_out_of_the_house(ben: Any, app_code: Callable[[], str]) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": ben.email, "password": PASSWORD})
    browser.post("/accounts/2fa/authenticate/", {"code": app_code()})
    page = browser.get("/accounts/step-up/?next=https://evil.example/")["Location"]
    answer = browser.post(page, {"code": app_code()})
    assert answer["Location"] == "/"
