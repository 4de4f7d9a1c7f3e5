"""RFC 9470, by section: a challenge, one round trip through our pages, the retry; and the level decays."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as HttpClient

from accounts.services import enroll_totp
from audit.models import Event
from kit import clock
from kit.ids import new_secret
from tests.actors import PASSWORD, ChannelApp, claims_of, make_client, make_customer, query_of, sign_in
from tests.journeys.people import totp

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TWO = "urn:throughline:2fa"
ORDERS = "https://orders.example"


@pytest.fixture
def ana(call: Any) -> Any:
    cache.clear()
    return make_customer(call)


@pytest.fixture
def orders(call: Any) -> ChannelApp:
    """The API: it reads `acr` and `auth_time` of tokens, or asks for them by introspection."""
    return make_client(
        call, name="Orders", resource=ORDERS, redirect_uris=(), grant_types=("client_credentials",), first_party=False
    )


@pytest.fixture
def shop(call: Any, orders: ChannelApp) -> ChannelApp:
    return make_client(call, resource_servers=(ORDERS,))


@pytest.fixture
def browser(call: Any, ana: Any, shop: ChannelApp) -> HttpClient:
    browser = sign_in(ana)
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    return browser


def challenge(token: str, *, acr: str, max_age: int) -> str:
    """What an API by the letter of section 3 answers to a token; empty where it is content."""
    claims = claims_of(token)
    age = clock.now().timestamp() - claims["auth_time"]
    if claims["acr"] == acr and age <= max_age:
        return ""
    return f'Bearer error="insufficient_user_authentication", acr_values="{acr}", max_age="{max_age}"'


def authorize(shop: ChannelApp, browser: HttpClient, **asked: str) -> dict[str, Any]:
    """Section 4: the request that answers a challenge, through as many pages as it takes; the tokens."""
    verifier = new_secret()
    answer = browser.get("/oauth/authorize", shop.authorize_parameters(verifier, **asked))
    for _ in range(6):
        if answer["Location"].startswith("https://shop.example/"):
            break
        page = answer["Location"]
        if page.startswith("/accounts/2fa/reauthenticate/"):
            cache.clear()
            answer = browser.post(page, {"code": totp(SECRET)})
        elif page.startswith("/accounts/reauthenticate/"):
            answer = browser.post(page, {"password": PASSWORD})
        else:
            answer = browser.get(page)
    return dict(shop.redeem(query_of(answer["Location"])["code"], verifier).json())


def asked_in(challenged: str) -> dict[str, str]:
    return dict(re.findall(r'(acr_values|max_age)="([^"]+)"', challenged))


def test_3_to_5_the_challenge_is_answered_in_one_round_trip(shop, browser):
    before = shop.tokens_for(browser)["access_token"]
    challenged = challenge(before, acr=TWO, max_age=600)
    after = authorize(shop, browser, **asked_in(challenged))["access_token"]
    assert challenge(after, acr=TWO, max_age=600) == ""
    assert claims_of(after)["sid"] == claims_of(before)["sid"]


def test_4_max_age_alone_is_answered_with_a_newer_auth_time(shop, browser, time_machine):
    before = shop.tokens_for(browser)["access_token"]
    time_machine.move_to(clock.now() + timedelta(minutes=20))
    challenged = challenge(before, acr="urn:throughline:1fa", max_age=60)
    after = authorize(shop, browser, **asked_in(challenged))["access_token"]
    assert claims_of(after)["auth_time"] >= claims_of(before)["auth_time"] + 1200


@pytest.mark.parametrize("asked", [{"max_age": "0"}, {"prompt": "login"}, {"max_age": "0", "acr_values": TWO}])
def test_4_what_always_asks_again_asks_again_just_after_a_proof(shop, browser, asked, time_machine):
    first = authorize(shop, browser, acr_values=TWO, max_age="0")["access_token"]
    time_machine.move_to(clock.now() + timedelta(seconds=2))
    again = authorize(shop, browser, **asked)["access_token"]
    assert claims_of(again)["auth_time"] > claims_of(first)["auth_time"]


def test_4_what_is_proved_on_the_way_belongs_to_the_journey_that_the_client_named_and_nothing_after_it(shop, browser):
    authorize(shop, browser, acr_values=TWO, max_age="0", journey="basket-7")
    said = {event.type: event.journey for event in Event.objects.filter(journey__gt="")}
    assert "session.elevated" in said
    assert set(said.values()) == {"basket-7"}
    before = Event.objects.filter(journey="basket-7").count()
    authorize(shop, browser, max_age="0")
    assert Event.objects.filter(journey="basket-7").count() == before


@pytest.mark.parametrize("journey", ["a b", "x" * 65, "<b>", "a\nb"])
def test_4_what_is_no_id_of_a_journey_is_none(shop, browser, journey):
    assert authorize(shop, browser, acr_values=TWO, max_age="0", journey=journey)["access_token"]
    assert not Event.objects.filter(journey__gt="").exists()


def test_5_a_level_out_of_reach_is_unmet_authentication_requirements(call, shop):
    ben = make_customer(call, "ben")
    for asked in ({"acr_values": TWO}, {"acr_values": TWO, "prompt": "none"}, {"acr_values": "phr"}):
        answer = sign_in(ben).get("/oauth/authorize", shop.authorize_parameters("v" * 43, **asked))
        assert query_of(answer["Location"])["error"] == "unmet_authentication_requirements"


def test_6_1_the_access_token_tells_acr_and_auth_time(shop, browser):
    claims = claims_of(authorize(shop, browser, acr_values=TWO)["access_token"])
    assert claims["acr"] == TWO
    assert 0 <= clock.now().timestamp() - claims["auth_time"] < 60


def test_6_2_introspection_tells_the_same(shop, browser, orders):
    token = authorize(shop, browser, acr_values=TWO)["access_token"]
    told = orders.introspect(token)
    assert {name: told[name] for name in ("acr", "auth_time", "sid")} == {
        name: claims_of(token)[name] for name in ("acr", "auth_time", "sid")
    }


def test_a_refresh_carries_the_level_of_now_and_keeps_no_elevation_alive(shop, browser, time_machine):
    tokens = authorize(shop, browser, acr_values=TWO)
    proved_at = claims_of(tokens["access_token"])["auth_time"]
    for hours in range(5):
        time_machine.move_to(clock.now() + timedelta(hours=5, seconds=hours))
        tokens = shop.refresh(tokens["refresh_token"]).json()
        assert claims_of(tokens["access_token"])["auth_time"] == proved_at
    assert claims_of(tokens["access_token"])["acr"] == "urn:throughline:1fa"
    assert challenge(tokens["access_token"], acr=TWO, max_age=86400)
