"""RFC 6749 sections 2.3 and 5.2: what is refused is refused by every grant the gateway offers, and at every door."""

import base64
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as HttpClient

from accounts.services import close_account, erase_account, suspend_account
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel, enable_channel, publish_policy
from channel_registry.types import WAYS_IN
from kit import clock
from oauth.grants import GRANTS
from oauth.models import Client
from oauth.queries import forget_clients
from oauth.services import disable_client, enable_client, renew_client_secret
from oauth.types import GrantType, TokenType
from sessions_hub.queries import list_live_sessions
from sessions_hub.services import revoke_session
from sessions_hub.types import Via
from tests.actors import ChannelApp, make_client, make_customer, post_form, sign_in
from tests.asking import ask_and_approve, open_ways_in

pytestmark = pytest.mark.django_db
EVERYTHING = {
    "grant_types": tuple(GRANTS),
    "scopes": ("openid", "profile", "email", "offline_access", "device_sso", "decisions"),
    "vendor": "shop",
}


@dataclass
class Attempt:
    """A token request that would be answered with tokens, if nothing stood in its way."""

    app: ChannelApp
    account: Any
    browser: HttpClient
    fields: dict[str, Any]

    def send(self) -> Any:
        return self.app.post("/oauth/token", **self.fields)

    def send_raw(self, headers: dict[str, str] | None = None, **changes: Any) -> Any:
        fields = {name: value for name, value in {**self.fields, **changes}.items() if value is not None}
        return post_form(HttpClient(), "/oauth/token", fields, headers)


def with_code(app, browser, account):
    code, verifier = app.code_from(browser)
    return {"code": code, "code_verifier": verifier, "redirect_uri": app.client.redirect_uri_list[0]}


def with_another_apps_pair(app, browser, account):
    """ID token and device secret; the app stands for the vendor's other one too."""
    tokens = app.tokens_for(browser, scope="openid device_sso")
    return {
        "subject_token": tokens["id_token"],
        "subject_token_type": TokenType.ID_TOKEN.value,
        "actor_token": tokens["device_secret"],
        "actor_token_type": TokenType.DEVICE_SECRET.value,
    }


# What each grant needs to succeed. A new grant needs a line here, and is held to every refusal below by that.
MATERIAL = {
    GrantType.AUTHORIZATION_CODE: with_code,
    GrantType.REFRESH_TOKEN: lambda app, browser, _: {"refresh_token": app.tokens_for(browser)["refresh_token"]},
    GrantType.CLIENT_CREDENTIALS: lambda app, browser, account: {},
    GrantType.DEVICE_CODE: lambda app, browser, her: ask_and_approve(app, browser, her, "device_code").fields,
    GrantType.CIBA: lambda app, browser, her: ask_and_approve(app, browser, her, "ciba").fields,
    GrantType.TOKEN_EXCHANGE: with_another_apps_pair,
}
FOR_A_PUBLIC_CLIENT = [
    *(GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN, GrantType.DEVICE_CODE, GrantType.TOKEN_EXCHANGE),
]
FOR_A_CUSTOMER = [*FOR_A_PUBLIC_CLIENT, GrantType.CIBA]
EACH_GRANT = pytest.mark.parametrize("grant", GRANTS)
EACH_GRANT_FOR_A_CUSTOMER = pytest.mark.parametrize("grant", FOR_A_CUSTOMER)


def prepare(call, grant, **changes):
    app, account = make_client(call, **{**EVERYTHING, **changes}), make_customer(call)
    open_ways_in(call)
    browser = sign_in(account)
    return Attempt(app, account, browser, {"grant_type": grant, **MATERIAL[GrantType(grant)](app, browser, account)})


def refusal(response):
    assert "no-store" in response["Cache-Control"]
    body = response.json()
    assert set(body) == {"error", "error_description"}
    return response.status_code, body["error"]


def dead(grant):
    """How what is no longer good, or never was this client's, is refused: an exchange has a word of its own."""
    return 400, "invalid_request" if grant == GrantType.TOKEN_EXCHANGE else "invalid_grant"  # RFC 8693 section 2.2.2


def test_no_grant_is_left_out_of_these_tests():
    assert set(MATERIAL) == set(GRANTS) == set(GrantType)


@EACH_GRANT
def test_each_attempt_succeeds_when_nothing_stands_in_its_way(call, grant):
    answer = prepare(call, grant).send()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


# --- The client ---------------------------------------------------------------------------------------------------


def basic(client_id, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


@EACH_GRANT
@pytest.mark.parametrize("way", ["basic", "post"])
def test_a_confidential_client_proves_itself_by_header_or_by_form(call, grant, way):
    attempt = prepare(call, grant)
    pair = {"client_id": attempt.app.client.client_id, "client_secret": attempt.app.secret}
    answer = attempt.send_raw(basic(*pair.values())) if way == "basic" else attempt.send_raw(**pair)
    assert answer.status_code == 200


@EACH_GRANT
@pytest.mark.parametrize("way", ["basic", "post"])
@pytest.mark.parametrize("secret", ["wrong", "", "another client's", "the digest", "the old one"])
def test_a_wrong_secret_is_invalid_client(call, grant, way, secret):
    attempt = prepare(call, grant)
    client_id = attempt.app.client.client_id
    if secret == "the old one":
        renew_client_secret(client_id=client_id, call=call)
    presented = {
        "another client's": make_client(call, name="Other").secret,
        "the digest": Client.objects.get(client_id=client_id).client_secret,
        "the old one": attempt.app.secret,
    }.get(secret, secret)
    answer = (
        attempt.send_raw(basic(client_id, presented))
        if way == "basic"
        else attempt.send_raw(client_id=client_id, client_secret=presented)
    )
    assert refusal(answer) == (401, "invalid_client")
    assert answer["WWW-Authenticate"].startswith("Basic ")


@EACH_GRANT
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic !"}])
def test_no_proof_at_all_is_invalid_client(call, grant, headers):
    attempt = prepare(call, grant)
    assert refusal(attempt.send_raw(headers)) == (401, "invalid_client")


@EACH_GRANT
def test_two_proofs_at_once_are_invalid_request(call, grant):
    attempt = prepare(call, grant)
    headers = basic(attempt.app.client.client_id, attempt.app.secret)
    assert refusal(attempt.send_raw(headers, client_secret=attempt.app.secret)) == (400, "invalid_request")
    assert refusal(attempt.send_raw(headers, client_id="other")) == (400, "invalid_request")


@pytest.mark.parametrize("grant", FOR_A_PUBLIC_CLIENT)
@pytest.mark.parametrize("application_type", ["web", "native"])
def test_a_public_client_names_itself_and_never_has_a_secret(call, grant, application_type):
    kind = {"client_type": "public", "application_type": application_type, "grant_types": tuple(FOR_A_PUBLIC_CLIENT)}
    attempt = prepare(call, grant, **kind)
    client_id = attempt.app.client.client_id
    assert refusal(attempt.send_raw(client_id=client_id, client_secret="x")) == (401, "invalid_client")
    assert refusal(attempt.send_raw(basic(client_id, "x"))) == (401, "invalid_client")
    assert attempt.send_raw(client_id=client_id).status_code == 200


def test_a_public_client_has_no_token_of_its_own(call):
    attempt = prepare(call, "authorization_code", client_type="public", grant_types=("authorization_code",))
    Client.objects.update(grant_types="authorization_code client_credentials")
    answer = attempt.app.post("/oauth/token", grant_type="client_credentials")
    assert refusal(answer) == (400, "unauthorized_client")


@pytest.mark.parametrize("application_type", ["web", "native"])
@pytest.mark.parametrize("client_type", ["public", "confidential"])
def test_no_client_gets_or_redeems_a_code_without_pkce(call, client_type, application_type):
    app = make_client(call, client_type=client_type, application_type=application_type)
    browser = sign_in(make_customer(call))
    without = app.authorize_parameters("v" * 43, code_challenge=None, code_challenge_method=None)
    assert "error=invalid_request" in browser.get("/oauth/authorize", without)["Location"]
    code, _ = app.code_from(browser)
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.client.redirect_uri_list[0]}
    assert refusal(app.post("/oauth/token", **fields)) == (400, "invalid_request")


@EACH_GRANT_FOR_A_CUSTOMER
def test_what_was_issued_to_one_client_is_invalid_to_another(call, grant):
    attempt = prepare(call, grant)
    thief = make_client(call, name="Thief", **{**EVERYTHING, "vendor": "thief"})
    assert refusal(thief.post("/oauth/token", **attempt.fields)) == dead(grant)
    assert attempt.send().status_code == 200, "and the thief spoiled nothing"


# --- What operators stop --------------------------------------------------------------------------------------------


def close_way_in(attempt, grant, call):
    others = [each for each in WAYS_IN if each != GrantType(grant).way_in]
    publish_policy(channel="web", body={"ways_in": others}, call=call)
    forget_policies()


def close_channel(attempt, grant, call):
    disable_channel(channel="web", call=call)
    forget_policies()


def unregister(attempt, grant, call):
    others = " ".join(each.value for each in GrantType if each != grant)
    Client.objects.filter(pk=attempt.app.client.pk).update(grant_types=others)
    forget_clients()


def switch_off(attempt, grant, call):
    disable_client(client_id=attempt.app.client.client_id, call=call)


@EACH_GRANT
@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        (switch_off, (401, "invalid_client")),
        (close_channel, (400, "unauthorized_client")),
        (close_way_in, (400, "unauthorized_client")),
        (unregister, (400, "unauthorized_client")),
    ],
)
def test_a_stopped_client_or_channel_gets_nothing(call, grant, stop, expected):
    attempt = prepare(call, grant)
    stop(attempt, grant, call)
    assert refusal(attempt.send()) == expected


# --- What ends with the customer ------------------------------------------------------------------------------------


def sid_of(attempt, call):
    """The session she signed in to; what was carried over from it hangs on it."""
    (own,) = [each for each in list_live_sessions(subject=attempt.account.sub, now=call.now) if each.via is Via.SIGN_IN]
    return own.sid


ENDS = {
    "suspended": lambda a, call: suspend_account(sub=a.account.sub, reason="fraud", call=call),
    "closed": lambda a, call: close_account(sub=a.account.sub, reason="asked_for", call=call),
    "erased": lambda a, call: erase_account(sub=a.account.sub, reason="asked_for", call=call),
    "session revoked": lambda a, call: revoke_session(sid=sid_of(a, call), reason="ended_by_operator", call=call),
    "signed out": lambda a, call: a.browser.post("/accounts/logout/"),
}


@EACH_GRANT_FOR_A_CUSTOMER
@pytest.mark.parametrize("end", ENDS)
def test_nothing_comes_of_a_session_or_an_account_that_ended(call, grant, end):
    attempt = prepare(call, grant)
    ENDS[end](attempt, call)
    assert refusal(attempt.send()) == dead(grant)


@EACH_GRANT_FOR_A_CUSTOMER
def test_nothing_comes_of_a_session_that_expired(call, grant, time_machine):
    attempt = prepare(call, grant)
    time_machine.move_to(clock.now() + timedelta(days=31))
    waits = grant in (GrantType.DEVICE_CODE, GrantType.CIBA)
    assert refusal(attempt.send()) == ((400, "expired_token") if waits else dead(grant))


# --- Access tokens that are out already, at every door that takes them ---------------------------------------------


def doors(app, observer, token):
    """What each door says to a token: whether it is let in."""
    bearer = {"Authorization": f"Bearer {token}"}
    return {
        "userinfo": app.http.get("/oauth/userinfo", headers=bearer).status_code == 200,
        "api": app.http.get("/api/sessions/", headers=bearer).status_code == 200,
        "introspection": observer.introspect(token)["active"],
    }


def _ended(name):
    return lambda attempt, grant, call: ENDS[name](attempt, call)


STOPS = {
    "client switched off": switch_off,
    "channel closed": close_channel,
    **{name: _ended(name) for name in ENDS},
}


@EACH_GRANT_FOR_A_CUSTOMER
@pytest.mark.parametrize("stop", STOPS)
def test_a_token_from_any_grant_is_dead_at_every_door(call, grant, stop):
    # The observer is a resource server of another channel, which none of this reaches.
    observer = make_client(
        call,
        name="Observer",
        channel="chat",
        grant_types=("client_credentials",),
        redirect_uris=(),
        resource="https://observer.example",
    )
    attempt = prepare(call, grant, resource_servers=("https://observer.example",))
    token = attempt.send().json()["access_token"]
    assert doors(attempt.app, observer, token) == {"userinfo": True, "api": True, "introspection": True}

    STOPS[stop](attempt, grant, replace(call, now=clock.now()))

    assert doors(attempt.app, observer, token) == {"userinfo": False, "api": False, "introspection": False}


def test_what_died_with_a_channel_or_a_client_stays_dead_when_it_is_opened_again(call):
    attempt = prepare(call, "refresh_token")
    token = attempt.send().json()["access_token"]
    switch_off(attempt, "", call)
    enable_client(client_id=attempt.app.client.client_id, call=call)
    close_channel(attempt, "", call)
    enable_channel(channel="web", call=call)
    forget_policies()
    assert attempt.app.introspect(token) == {"active": False}
