"""A provider that is switched off is dead on every path at once."""

import time

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts import services
from accounts.models import Account
from sessions_hub.models import Reliance
from sessions_hub.queries import list_live_sessions
from tests.actors import make_client
from tests.journeys.people import totp
from tests.services.accounts_upstream.people import CARLA, SECRET, sign_in, who
from tests.upstream import come_back, go_round, leave_for


@pytest.mark.sqlite
def test_a_provider_that_is_switched_off_takes_its_sessions_along(acme, browser, ana, call):
    go_round(browser, acme)
    sign_in(other := Client())
    services.disable_provider(slug="acme", call=call)
    assert who(browser) is None
    assert browser.get("/security/").status_code == 302
    assert who(other) == ana
    assert Reliance.objects.count() == 0


def test_a_session_that_rests_on_more_is_lowered(acme, browser, call):
    go_round(browser, acme)
    carla = who(browser)
    services.enroll_totp(sub=carla.sub, secret=SECRET, call=call)
    other = Client()
    go_round(other, acme)
    other.post("/accounts/2fa/authenticate/", {"code": totp(SECRET)})
    services.disable_provider(slug="acme", call=call)
    state = list_live_sessions(subject=carla.sub, now=call.now)
    assert [(each.level.acr, each.level.amr) for each in state] == [("urn:throughline:1fa", ("otp",))]


def test_every_door_to_a_provider_that_is_off_is_shut(acme, browser, ana, call):
    there = leave_for(browser, acme)
    linking = Client(headers={"accept": "text/html"})
    acme.person |= {"sub": "ana-there", "email": ana.email}
    go_round(linking, acme)
    sign_in(linking)
    asking = Client(headers={"accept": "text/html"})
    acme.person |= {"sub": "new", "email_verified": False}
    go_round(asking, acme)
    parameters = acme.sign_in(there)
    services.disable_provider(slug="acme", call=call)
    acme.asked.clear()
    assert browser.post("/accounts/upstream/acme/login/").status_code == 404
    assert come_back(browser, acme, parameters).status_code == 404
    linking.post("/accounts/upstream/link/", {"link": "yes"})
    asking.post("/accounts/upstream/sign-up/", {"email": "new@example.com", "name": ""})
    assert acme.asked == []
    assert SocialAccount.objects.count() == 0
    assert not Account.objects.filter(email="new@example.com").exists()
    assert b"Acme" not in Client().get("/accounts/login/").content


def test_a_sign_in_that_waits_for_its_second_step_dies_with_the_provider(acme, browser, call):
    go_round(browser, acme)
    carla = who(browser)
    services.enroll_totp(sub=carla.sub, secret=SECRET, call=call)
    half = Client(headers={"accept": "text/html"})
    go_round(half, acme)
    services.disable_provider(slug="acme", call=call)
    answer = half.post("/accounts/2fa/authenticate/", {"code": totp(SECRET)})
    assert answer.status_code < 500
    assert who(half) is None
    assert half.get("/security/").status_code == 302


def test_a_provider_that_is_switched_on_again_revives_no_session(acme, browser, call):
    go_round(browser, acme)
    services.disable_provider(slug="acme", call=call)
    services.enable_provider(slug="acme", call=call)
    assert browser.get("/security/").status_code == 302
    go_round(browser, acme)
    assert who(browser).email == CARLA


@pytest.mark.parametrize("end", ["provider", "link"])
def test_codes_and_tokens_of_a_session_that_rested_on_it_are_dead(acme, browser, call, end):
    shop = make_client(call)
    go_round(browser, acme)
    tokens = shop.tokens_for(browser)
    code, verifier = shop.code_from(browser)
    assert shop.introspect(tokens["access_token"])["active"] is True
    if end == "provider":
        services.disable_provider(slug="acme", call=call)
    else:
        services.remove_link(account=who(browser), provider="acme", call=call)
    time.sleep(1)
    assert shop.introspect(tokens["access_token"]) == {"active": False}
    assert shop.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert shop.redeem(code, verifier).json()["error"] == "invalid_grant"
    userinfo = Client().get("/oauth/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.status_code == 401
