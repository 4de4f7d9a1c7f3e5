"""The authorization request and its response: OpenID Connect Core 3.1.2, RFC 9207, RFC 9700 section 4.4."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import Account
from tests.actors import query_of
from tests.compliance.oidc_relying_party.refusals import assert_refused
from tests.upstream import come_back, go_round, leave_for


def test_an_honest_provider_is_believed(acme, browser):
    answer = go_round(browser, acme)
    assert answer.status_code == 200
    assert browser.session["sid"]


def test_the_request_carries_state_nonce_and_an_s256_challenge_each_time_new(acme, browser):
    first, second = query_of(leave_for(browser, acme)), query_of(leave_for(browser, acme))
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert set(first["scope"].split()) == {"openid", "email", "profile"}
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 16
        assert first[name] != second[name]


def test_the_redirect_uri_is_the_providers_own_and_built_from_the_issuer_alone(acme, browser, settings):
    there = browser.post(
        "/accounts/upstream/acme/login/", headers={"host": "localhost", "x-forwarded-host": "evil.example"}
    )
    assert b"evil.example" not in there.content
    assert query_of(leave_for(browser, acme))["redirect_uri"] == (
        f"{settings.ISSUER_URL}/accounts/upstream/acme/callback/"
    )


@pytest.mark.parametrize(
    "query", ["scope=admin", "auth_params=redirect_uri%3Dhttps%3A%2F%2Fevil.example", "process=redirect"]
)
def test_a_caller_adds_nothing_to_the_request(acme, browser, query):
    answer = browser.post(f"/accounts/upstream/acme/login/?{query}")
    assert b"evil.example" not in answer.content
    assert b"admin" not in answer.content


def response_without_state(asked: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in asked.items() if name != "state"}


BAD_RESPONSES = {
    "no state": response_without_state,
    "an unknown state": lambda asked: asked | {"state": "x" * 16},
    "an empty state": lambda asked: asked | {"state": ""},
    "a state with NUL": lambda asked: asked | {"state": "a\x00"},
    "no code": lambda asked: {"state": asked["state"], "iss": asked["iss"]},
    "an unknown code": lambda asked: asked | {"code": "guessed"},
    "a code of 10 kB": lambda asked: asked | {"code": "c" * 10_000},
    "another issuer (RFC 9207)": lambda asked: asked | {"iss": "https://evil.example"},
    "no issuer where one was announced": lambda asked: {"code": asked["code"], "state": asked["state"]},
    "an issuer with a slash more": lambda asked: asked | {"iss": f"{asked['iss']}/"},
    "an error": lambda asked: {"state": asked["state"], "iss": asked["iss"], "error": "server_error"},
    "an error in another issuer's name": lambda asked: {"state": asked["state"], "iss": "x", "error": "access_denied"},
}


@pytest.mark.parametrize("name", BAD_RESPONSES)
def test_a_response_is_refused_with(name, acme, browser):
    parameters = BAD_RESPONSES[name](acme.sign_in(leave_for(browser, acme)))
    answer = come_back(browser, acme, parameters)
    if "NUL" in name:
        assert answer.status_code == 400
        return
    assert_refused(answer, browser)
    if "code" not in name:
        assert "/token" not in acme.asked, "the code is shown to nobody"


@pytest.mark.parametrize("name", ["code", "state", "iss"])
def test_a_parameter_that_comes_twice_is_refused(acme, browser, name):
    parameters = acme.sign_in(leave_for(browser, acme))
    query = urlencode([(name, "https://evil.example"), *parameters.items()])
    assert_refused(browser.get(f"/accounts/upstream/acme/callback/?{query}"), browser)
    assert "/token" not in acme.asked


def test_a_response_works_once(acme, browser):
    parameters = acme.sign_in(leave_for(browser, acme))
    come_back(browser, acme, parameters)
    again = come_back(browser, acme, parameters)
    assert again.status_code == 400
    assert acme.asked.count("/token") == 1
    assert Account.objects.count() == 1


def test_a_response_belongs_to_the_browser_that_asked(acme, browser):
    parameters = acme.sign_in(leave_for(browser, acme))
    victim = Client(headers={"accept": "text/html"})
    assert_refused(come_back(victim, acme, parameters), victim)
    leave_for(victim, acme)
    assert_refused(come_back(victim, acme, parameters), victim)


def test_who_stops_over_there_is_told_so_and_nothing_has_happened(acme, browser):
    parameters = acme.sign_in(leave_for(browser, acme))
    answer = come_back(browser, acme, parameters | {"error": "access_denied", "code": ""}, follow=True)
    assert answer.status_code == 200
    assert b"Nothing was changed" in answer.content
    assert "sid" not in browser.session


@pytest.mark.parametrize("method", ["post", "put", "head"])
def test_the_callback_answers_to_get_alone(acme, browser, method):
    parameters = acme.sign_in(leave_for(browser, acme))
    answer = getattr(browser, method)("/accounts/upstream/acme/callback/", parameters)
    assert answer.status_code == 405


def test_the_code_of_one_provider_is_not_shown_to_another(acme, evil, browser):
    """The person chose the evil one, which sent her on to the honest one with its own state."""
    evils = query_of(leave_for(browser, evil))
    honest = acme.sign_in(leave_for(Client(), acme))
    answer = come_back(browser, evil, {"code": honest["code"], "state": evils["state"], "iss": honest["iss"]})
    assert_refused(answer, browser)
    assert "/token" not in evil.asked


def test_the_state_of_one_provider_is_nothing_to_another(acme, evil, browser):
    parameters = acme.sign_in(leave_for(browser, acme))
    assert_refused(come_back(browser, evil, {**parameters, "iss": evil.issuer}), browser)
    assert "/token" not in evil.asked


def test_the_evil_one_speaks_for_its_own_people_only(acme, evil, browser):
    evil.claims["iss"] = acme.issuer
    assert_refused(go_round(browser, evil), browser)
