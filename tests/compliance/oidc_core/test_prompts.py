"""OIDC Core 3.1.2.1 and 3.1.2.6: prompt, max_age, acr_values, and what silence answers."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client as HttpClient

from accounts.services import enroll_totp
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from kit import clock
from tests.actors import PASSWORD, claims_of, make_client, query_of, sign_in
from tests.journeys.people import totp

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def ask(app, browser, **changes):
    return browser.get("/oauth/authorize", app.authorize_parameters("v" * 43, **changes))


def answer_of(app, browser, **changes):
    return query_of(ask(app, browser, **changes)["Location"])


def test_silence_answers_login_required_to_a_stranger(shop):
    answer = answer_of(shop, HttpClient(), prompt="none")

    assert (answer["error"], answer["state"], answer["iss"]) == ("login_required", "state-1", "http://localhost:8000")


def test_silence_answers_with_a_code_when_signed_in(shop, browser):
    assert "code" in answer_of(shop, browser, prompt="none")


def test_silence_answers_consent_required_for_a_third_partys_client(call, browser):
    partner = make_client(call, name="Partner", first_party=False)
    assert answer_of(partner, browser, prompt="none")["error"] == "consent_required"


def test_silence_answers_login_required_when_the_session_is_too_old(shop, browser, time_machine):
    time_machine.move_to(clock.now() + timedelta(minutes=10))
    assert answer_of(shop, browser, prompt="none", max_age="60")["error"] == "login_required"
    assert "code" in answer_of(shop, browser, prompt="none", max_age="6000")


@pytest.mark.parametrize("prompt", ["none login", "create", "none none nonsense"])
def test_an_unknown_prompt_or_none_beside_another_is_invalid_request(shop, browser, prompt):
    assert answer_of(shop, browser, prompt=prompt)["error"] == "invalid_request"


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}, {"prompt": "login", "max_age": "600"}])
def test_login_is_asked_again_and_the_answer_carries_the_new_time(shop, browser, changes, time_machine):
    before = claims_of(shop.tokens_for(browser)["id_token"])
    time_machine.move_to(clock.now() + timedelta(minutes=5))
    asked = ask(shop, browser, **changes)
    assert asked["Location"].startswith("/accounts/reauthenticate/")

    answered = browser.post(asked["Location"], {"password": PASSWORD})
    arrived = browser.get(answered["Location"])

    after = claims_of(shop.redeem(query_of(arrived["Location"])["code"], "v" * 43).json()["id_token"])
    assert after["sid"] == before["sid"]
    assert after["auth_time"] >= before["auth_time"] + 300


def test_coming_back_without_proving_again_asks_again(shop, browser):
    asked = ask(shop, browser, prompt="login")
    uid_path = asked["Location"].split("next=")[1].replace("%2F", "/")

    assert browser.get(uid_path)["Location"].startswith("/accounts/reauthenticate/")


def step_up(browser, asked):
    """Give the app's code where the gateway asks for more."""
    cache.clear()  # a code is good once, and another test may have used this one
    assert asked["Location"].startswith("/accounts/step-up/?next=")
    page = browser.get(asked["Location"])
    assert page["Location"].startswith("/accounts/2fa/reauthenticate/")
    return browser.post(page["Location"], {"code": totp(SECRET)})


def test_a_level_that_the_account_can_reach_is_asked_for_and_reached(call, ana, shop, browser):
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    asked = ask(shop, browser, acr_values="urn:throughline:2fa")
    arrived = browser.get(step_up(browser, asked)["Location"])

    claims = claims_of(shop.redeem(query_of(arrived["Location"])["code"], "v" * 43).json()["id_token"])
    assert claims["acr"] == "urn:throughline:2fa"
    assert {"pwd", "otp"} <= set(claims["amr"])


def test_a_level_that_the_account_cannot_reach_is_unmet_authentication_requirements(shop, browser):
    answer = answer_of(shop, browser, acr_values="urn:throughline:2fa")
    assert answer["error"] == "unmet_authentication_requirements"
    assert "urn:throughline:2fa" in answer["error_description"], "what is needed"
    assert "add a passkey or an authenticator app" in answer["error_description"], "what can be done"


def test_the_channels_minimum_level_holds_whatever_is_asked(call, ana, shop, browser):
    publish_policy(channel="web", body={"minimum_acr": "urn:throughline:2fa"}, call=call)
    forget_policies()

    answer = answer_of(shop, browser, acr_values="urn:throughline:1fa")
    assert answer["error"] == "unmet_authentication_requirements"


def test_the_cookies_secret_changes_when_the_level_does_and_the_sid_does_not(call, ana, shop, browser):
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    before = browser.cookies["throughline"].value
    sid = claims_of(shop.tokens_for(browser)["id_token"])["sid"]

    step_up(browser, ask(shop, browser, acr_values="urn:throughline:2fa"))

    assert browser.cookies["throughline"].value != before
    assert claims_of(shop.tokens_for(browser)["id_token"])["sid"] == sid


def test_no_is_an_answer_too_and_only_one(call, browser):
    partner = make_client(call, name="Partner", first_party=False)
    action = ask(partner, browser).context["action_url"]

    no = query_of(browser.post(action, {"allow": "no"})["Location"])
    assert (no["error"], no["state"]) == ("access_denied", "state-1")
    assert browser.post(action, {"allow": "yes"}).status_code == 404


def test_a_waiting_request_ends_after_half_an_hour(call, browser, time_machine):
    partner = make_client(call, name="Partner", first_party=False)
    action = ask(partner, browser).context["action_url"]
    time_machine.move_to(clock.now() + timedelta(minutes=31))

    assert browser.post(action, {"allow": "yes"}).status_code == 404


def test_a_consent_post_needs_our_own_page(call, ana):
    partner = make_client(call, name="Partner", first_party=False)
    browser = HttpClient(enforce_csrf_checks=True)
    browser.cookies = sign_in(ana).cookies
    action = ask(partner, browser).context["action_url"]

    assert browser.post(action, {"allow": "yes"}).status_code == 403
