"""RFC 9207: `iss` stands in every authorization response, whatever it says, once and always the same."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client as HttpClient

from accounts.models import Account
from accounts.services import enroll_totp
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel, publish_policy
from oauth.rules.prompts import _OBJECTIONS, _SILENT_ERRORS
from tests.actors import make_client, make_customer, query_of, sign_in

pytestmark = pytest.mark.django_db
TWO = "urn:throughline:2fa"

# What a request changes for each error that is answered at once, by whom it is sent, and the error.
AT_ONCE: dict[str, tuple[dict[str, Any], str]] = {
    "no challenge": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "malformed challenge": ({"code_challenge": "x"}, "invalid_request"),
    "no response type": ({"response_type": None}, "invalid_request"),
    "token": ({"response_type": "token"}, "unsupported_response_type"),
    "hybrid": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "unknown scope": ({"scope": "openid unheard-of"}, "invalid_scope"),
    "scope it may not have": ({"scope": "openid feeds"}, "invalid_scope"),
    "resource": ({"resource": "https://evil.example"}, "invalid_target"),
    "request object": ({"request": "e30.e30."}, "request_not_supported"),
    "request address": ({"request_uri": "https://evil.example"}, "request_uri_not_supported"),
    "response mode": ({"response_mode": "fragment"}, "invalid_request"),
    "prompt": ({"prompt": "dance"}, "invalid_request"),
    "none beside another": ({"prompt": "none login"}, "invalid_request"),
    "none and a choice": ({"prompt": "none select_account"}, "account_selection_required"),
    "max_age": ({"max_age": "-1"}, "invalid_request"),
    "nonce": ({"nonce": "n" * 256}, "invalid_request"),
    "hint": ({"id_token_hint": "x"}, "invalid_request"),
    "silence, too old": ({"prompt": "none", "max_age": "0"}, "login_required"),
    "silence, level out of reach": ({"prompt": "none", "acr_values": TWO}, "unmet_authentication_requirements"),
    "level out of reach": ({"acr_values": TWO}, "unmet_authentication_requirements"),
}


def ask(app, browser, **changes):
    return browser.get("/oauth/authorize", app.authorize_parameters("v" * 43, **changes))


def judge(response, error):
    answer = query_of(response["Location"])  # fails when a parameter stands twice
    assert answer["iss"] == "http://localhost:8000"
    assert answer["state"] == "state-1"
    assert answer.get("error") == error
    assert (error is None) == ("code" in answer)
    # RFC 6749 4.1.2.1: no quotes, no backslash, ASCII only.
    said = answer.get("error_description", "")
    assert all(0x20 <= ord(each) <= 0x7E and each not in '"\\' for each in said), said


def test_a_code_comes_with_iss(shop, browser):
    judge(ask(shop, browser), None)
    judge(ask(shop, browser, prompt="none"), None)


@pytest.mark.parametrize("name", AT_ONCE)
@pytest.mark.parametrize("tampered", [{}, {"iss": "https://evil.example"}], ids=["", "with an iss of its own"])
def test_every_error_that_is_answered_at_once_comes_with_iss(shop, browser, name, tampered):
    changes, error = AT_ONCE[name]
    judge(ask(shop, browser, **changes, **tampered), error)


def close_channel(call):
    disable_channel(channel="web", call=call)
    forget_policies()


def close_way_in(call):
    publish_policy(channel="web", body={"ways_in": ["client_credentials"]}, call=call)
    forget_policies()


def go_back(call, shop, browser):
    hint = shop.tokens_for(sign_in(make_customer(call, "ben")))["id_token"]
    asked = ask(shop, browser, id_token_hint=hint)
    return browser.post(asked.context["action_url"], {"account": "back"})


def within_reach(call, shop, browser):
    enroll_totp(sub=Account.objects.get().sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call)
    return ask(shop, browser, prompt="none", acr_values=TWO)


# What happens in the world for each other error, and the error; a consent page of a partner's client is open.
LATER = {
    "said no": (lambda w: w.browser.post(w.waiting, {"allow": "no"}), "access_denied"),
    "channel closed": (lambda w: close_channel(w.call) or ask(w.shop, w.browser), "access_denied"),
    "channel closed meanwhile": (lambda w: close_channel(w.call) or w.browser.get(w.waiting), "access_denied"),
    "way in closed": (lambda w: close_way_in(w.call) or ask(w.shop, w.browser), "unauthorized_client"),
    "client has no code grant": (
        lambda w: ask(make_client(w.call, name="Service", grant_types=("client_credentials",)), w.browser),
        "unauthorized_client",
    ),
    "silence to a stranger": (lambda w: ask(w.shop, HttpClient(), prompt="none"), "login_required"),
    "silence before consent": (lambda w: ask(w.partner, w.browser, prompt="none"), "consent_required"),
    "silence, level within reach": (lambda w: within_reach(w.call, w.shop, w.browser), "interaction_required"),
    "went back": (lambda w: go_back(w.call, w.shop, w.browser), "login_required"),
}


@pytest.mark.parametrize("name", LATER)
def test_every_error_that_depends_on_the_world_comes_with_iss(call, shop, browser, name):
    happen, error = LATER[name]
    partner = make_client(call, name="Partner", first_party=False)
    waiting = ask(partner, browser).context["action_url"]
    world = SimpleNamespace(call=call, shop=shop, partner=partner, browser=browser, waiting=waiting)
    judge(happen(world), error)


def test_no_error_is_left_out_of_these_tests():
    tested = {error for _, error in AT_ONCE.values()} | {error for _, error in LATER.values()}
    assert set(_SILENT_ERRORS.values()) | {error for error, _, _ in _OBJECTIONS} <= tested


def test_what_the_redirect_uri_brings_along_stays(call, browser):
    app = make_client(call, name="Tenant", redirect_uris=("https://shop.example/cb?tenant=a%20b&x=",))
    location = ask(app, browser)["Location"]
    assert location.startswith("https://shop.example/cb?tenant=a%20b&x=&")
    judge(ask(app, browser), None)
