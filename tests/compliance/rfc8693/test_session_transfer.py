"""RFC 8693 from an app to a site: the token that carries a session over, and where it is worth nothing."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client as HttpClient

from accounts.services import close_account, erase_account, suspend_account
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel
from kit import clock
from oauth.models import Interaction
from oauth.queries import forget_clients
from oauth.services import disable_client
from oauth.types import TokenType
from sessions_hub.models import Handoff
from sessions_hub.queries import find_live_session, list_live_sessions
from sessions_hub.services import revoke_session
from tests.actors import claims_of, make_client, open_channel, post_form, query_of
from tests.compliance.rfc8693.exchanging import refusal
from tests.exchanges import (
    EVERY_WAY_IN,
    LAPTOP,
    PHONE,
    arrive,
    ask_transfer,
    make_app,
    open_site,
    press,
    transfer_token,
)

pytestmark = pytest.mark.django_db


# --- The exchange (sections 2.1 and 2.2) ---------------------------------------------------------------------------


def test_the_answer_says_what_was_issued_and_that_it_grants_no_access(app, site, tokens):
    body = ask_transfer(app, tokens, site).json()
    assert body == {
        "access_token": body["access_token"],
        "issued_token_type": "urn:throughline:params:oauth:token-type:session-transfer",
        "token_type": "N_A",
        "expires_in": 60,
    }


def test_only_its_digest_is_kept(app, site, tokens):
    token = transfer_token(app, tokens, site)
    row = Handoff.objects.get()
    assert token not in {str(value) for value in vars(row).values()}


def test_a_current_refresh_token_does_as_well_and_stays_current(app, site, tokens):
    answer = ask_transfer(
        app, tokens, site, subject_token=tokens["refresh_token"], subject_token_type=TokenType.REFRESH_TOKEN.value
    )
    assert answer.status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("narrowed", [{"scope": "profile offline_access"}, {"resource": "https://orders.example"}])
def test_a_refresh_token_for_less_than_her_sign_in_opens_no_session_either(call, site, phone, narrowed):
    app = make_app(call, "Narrow", resource_servers=("https://orders.example",))
    tokens = app.tokens_for(phone, **narrowed)
    for kind in ("access_token", "refresh_token"):
        given = {"subject_token": tokens[kind], "subject_token_type": TokenType[kind.upper()].value}
        assert refusal(ask_transfer(app, tokens, site, **given)) == (400, "invalid_request"), kind


def test_the_site_cannot_spend_it_behind_her_back(call, app, tokens):
    terms = {"scopes": ("openid", "handoff"), "default_scopes": (), "vendor": "shop", "name": "Deft"}
    site = make_client(call, **terms, grant_types=("authorization_code", "client_credentials"))
    token = transfer_token(app, tokens, site)
    own = site.post("/oauth/token", grant_type="client_credentials", scope="handoff").json()["access_token"]
    headers = PHONE | {"Authorization": f"Bearer {own}"}  # from her network, in the guise of her phone
    for _ in range(2):
        answer = site.http.post(
            "/api/handoff/redeem/", {"ticket": token}, content_type="application/json", headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "handoff_unknown")
    row = Handoff.objects.get()
    assert (row.redeemed_at, row.child_sid) == (None, "")


def test_a_superseded_refresh_token_kills_its_family_here_too(app, site, tokens):
    renewed = app.refresh(tokens["refresh_token"]).json()
    old = {"subject_token": tokens["refresh_token"], "subject_token_type": TokenType.REFRESH_TOKEN.value}
    assert refusal(ask_transfer(app, tokens, site, **old)) == (400, "invalid_request")
    assert app.refresh(renewed["refresh_token"]).status_code == 400


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"audience": None}, "invalid_request"),
        ({"audience": "cli_nobody"}, "invalid_target"),
        ({"audience": "a" * 8000}, "invalid_target"),
        ({"resource": "https://orders.example"}, "invalid_target"),
        ({"scope": "openid decisions"}, "invalid_scope"),
        ({"subject_token": "x"}, "invalid_request"),
        ({"subject_token": ""}, "invalid_request"),
        ({"subject_token_type": ""}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:jwt"}, "invalid_request"),
        ({"subject_token_type": TokenType.REFRESH_TOKEN.value}, "invalid_request"),
        ({"subject_token_type": TokenType.ID_TOKEN.value}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"actor_token_type": TokenType.ACCESS_TOKEN.value}, "invalid_request"),
        ({"actor_token": "x", "actor_token_type": TokenType.ACCESS_TOKEN.value}, "invalid_request"),
        ({"subject_token": "a\x00b"}, "invalid_request"),
        ({"subject_token": "a" * 10_000}, "invalid_request"),
        ({"audience": ["one", "two"]}, "invalid_request"),
    ],
)
def test_what_is_wrong_in_a_request_is_told(app, site, tokens, changes, expected):
    assert refusal(ask_transfer(app, tokens, site, **changes)) == (400, expected)


def test_an_id_token_is_no_access_token(app, site, tokens):
    assert refusal(ask_transfer(app, tokens, site, subject_token=tokens["id_token"])) == (400, "invalid_request")


def test_an_app_exchanges_only_what_was_issued_to_it(call, site, app, tokens):
    other = make_app(call, "Other")
    assert refusal(ask_transfer(other, tokens, site)) == (400, "invalid_request")
    refresh = {"subject_token": tokens["refresh_token"], "subject_token_type": TokenType.REFRESH_TOKEN.value}
    assert refusal(ask_transfer(other, tokens, site, **refresh)) == (400, "invalid_request")
    assert app.refresh(tokens["refresh_token"]).status_code == 200, "and spoiled nothing"


def test_a_token_narrowed_for_another_api_or_without_openid_opens_no_session(app, site, phone):
    assert refusal(ask_transfer(app, app.tokens_for(phone, scope="profile"), site)) == (400, "invalid_request")


@pytest.mark.parametrize(
    "changes", [{"vendor": "", "first_party": False}, {"vendor": "somebody", "first_party": False}]
)
def test_a_session_goes_to_no_client_of_another_maker(call, app, tokens, changes):
    stranger = make_client(call, name="Stranger", **changes)
    assert refusal(ask_transfer(app, tokens, stranger)) == (400, "invalid_target")


def test_two_of_the_house_are_of_one_maker(call, app, tokens):
    assert ask_transfer(app, tokens, make_client(call, name="House", vendor="")).status_code == 200


def test_a_channel_that_takes_no_sessions_over_is_no_target(call, app, site, tokens):
    open_channel(call, "web", [way for way in EVERY_WAY_IN if way != "handoff"])
    assert refusal(ask_transfer(app, tokens, site)) == (400, "invalid_target")


def test_the_way_in_must_be_open_for_the_app(call, app, site, tokens):
    open_channel(call, "mobile", [way for way in EVERY_WAY_IN if way != "token_exchange"])
    assert refusal(ask_transfer(app, tokens, site)) == (400, "unauthorized_client")


# --- The authorization endpoint: whom it meets there ---------------------------------------------------------------


def test_nobody_is_there_and_the_page_names_whose_session_it_is(app, site, tokens, phone):
    page = open_site(HttpClient(headers=PHONE), site, transfer_token(app, tokens, site))
    assert page.status_code == 200
    assert "Continue as <bdi>Ana</bdi>" in page.content.decode()
    assert "ana@people.example" not in page.content.decode()


def test_going_on_makes_a_child_session_with_the_same_proof_and_times(app, site, tokens, phone):
    webview = HttpClient(headers=PHONE)
    page = open_site(webview, site, transfer_token(app, tokens, site))
    at_site = claims_of(arrive(site, press(webview, page, "continue"))["id_token"])
    in_app = claims_of(tokens["id_token"])
    assert at_site["sid"] != in_app["sid"]
    assert {name: at_site[name] for name in ("sub", "acr", "amr", "auth_time")} == {
        name: in_app[name] for name in ("sub", "acr", "amr", "auth_time")
    }
    assert webview.get("/security/").status_code == 200, "she is in at the gateway too"


def test_opening_the_address_spends_nothing_however_often(app, site, tokens, phone):
    token, webview = transfer_token(app, tokens, site), HttpClient(headers=PHONE)
    page = open_site(webview, site, token)
    for _ in range(3):
        webview.get(page.wsgi_request.path)
        page = open_site(webview, site, token)
    assert Handoff.objects.get().redeemed_at is None
    assert arrive(site, press(webview, page, "continue"))


def test_it_can_be_posted_to_the_authorization_endpoint(app, site, tokens, phone):
    webview = HttpClient(headers=PHONE)
    fields = site.authorize_parameters("v" * 43, session_transfer_token=transfer_token(app, tokens, site))
    sent_on = post_form(webview, "/oauth/authorize", fields)
    assert sent_on.status_code == 303
    assert b"Continue as" in webview.get(sent_on["Location"]).content


def test_the_same_customer_at_least_as_high_stays_as_she_is(app, site, tokens, phone):
    answer = open_site(phone, site, transfer_token(app, tokens, site))
    assert claims_of(arrive(site, answer)["id_token"])["sid"] == claims_of(tokens["id_token"])["sid"]
    assert Handoff.objects.get().redeemed_at is None


def test_the_same_customer_lower_rises_to_what_the_app_has(app, site, ana, phone, call, in_two_steps):
    webview = in_two_steps.low
    page = open_site(webview, site, transfer_token(app, in_two_steps.tokens, site))
    at_site = claims_of(arrive(site, press(webview, page, "continue"))["id_token"])
    assert at_site["acr"] == "urn:throughline:2fa"
    assert find_live_session(sid=in_two_steps.low_sid, now=clock.now()), "the one before stays, for sign-out"


def test_somebody_else_is_there_and_confirming_ends_her_session_and_asks_to_sign_in(app, site, tokens, bens_browser):
    (bens,) = list_live_sessions(subject=bens_browser.account.sub, now=clock.now())
    token = transfer_token(app, tokens, site)
    page = open_site(bens_browser, site, token)
    assert "Someone else is signed in here" in page.content.decode()
    asked = press(bens_browser, page, "continue")
    assert asked.wsgi_request.path == "/accounts/login/"
    assert find_live_session(sid=bens.sid, now=clock.now()) is None
    again = open_site(bens_browser, site, token)
    assert again.wsgi_request.path == "/accounts/login/", "the token is worth nothing any more"


def test_somebody_else_is_there_and_without_confirmation_nothing_changes(app, site, tokens, bens_browser):
    page = open_site(bens_browser, site, transfer_token(app, tokens, site))
    assert list_live_sessions(subject=bens_browser.account.sub, now=clock.now())
    arrived = arrive(site, press(bens_browser, page, "stay"))
    assert claims_of(arrived["id_token"])["sub"] == bens_browser.account.sub
    assert Handoff.objects.get().redeemed_at is None


def test_saying_no_asks_for_the_ordinary_sign_in(app, site, tokens, phone):
    webview = HttpClient(headers=PHONE)
    page = open_site(webview, site, transfer_token(app, tokens, site))
    assert press(webview, page, "stay").wsgi_request.path == "/accounts/login/"


def test_silence_leaves_the_token_alone_and_answers_as_without_it(app, site, tokens, phone):
    token = transfer_token(app, tokens, site)
    webview = HttpClient(headers=PHONE)
    assert query_of(open_site(webview, site, token, prompt="none")["Location"])["error"] == "login_required"
    assert "code" in query_of(open_site(phone, site, token, prompt="none")["Location"])
    assert Handoff.objects.get().redeemed_at is None
    assert Handoff.objects.get().refusals == 0


def test_login_is_asked_for_all_the_same(app, site, tokens, phone):
    webview = HttpClient(headers=PHONE)
    page = open_site(webview, site, transfer_token(app, tokens, site), prompt="login")
    assert press(webview, page, "continue").wsgi_request.path == "/accounts/reauthenticate/"


def test_the_level_is_never_raised_by_moving(app, site, tokens, phone):
    webview = HttpClient(headers=PHONE)
    page = open_site(webview, site, transfer_token(app, tokens, site), acr_values="urn:throughline:2fa")
    answer = press(webview, page, "continue")
    assert query_of(answer["Location"])["error"] == "unmet_authentication_requirements"


# --- Where it is worth nothing: the sign-in page, a line in the journal ---------------------------------------------


def is_asked_to_sign_in(answer):
    return answer.status_code == 200 and answer.wsgi_request.path == "/accounts/login/"


def test_a_second_use_is_asked_to_sign_in_and_the_customer_hears_of_it(app, site, tokens, phone, mails):
    token = transfer_token(app, tokens, site)
    webview = HttpClient(headers=PHONE)
    press(webview, open_site(webview, site, token), "continue")
    assert is_asked_to_sign_in(open_site(HttpClient(headers=PHONE), site, token))
    assert [line.payload["reason"] for line in mails.refusals()] == ["replayed"]
    assert mails.count() == 1


def test_after_a_minute_it_is_expired(app, site, tokens, phone, time_machine, mails):
    token = transfer_token(app, tokens, site)
    webview = HttpClient(headers=PHONE)
    page = open_site(webview, site, token)
    time_machine.move_to(clock.now() + timedelta(seconds=61))
    assert is_asked_to_sign_in(press(webview, page, "continue"))
    assert is_asked_to_sign_in(open_site(HttpClient(headers=PHONE), site, token))
    assert {line.payload["reason"] for line in mails.refusals()} == {"expired"}


@pytest.mark.parametrize(
    ("headers", "address"), [(LAPTOP, "127.0.0.1"), (PHONE, "198.51.100.7"), ({}, "127.0.0.1")], ids=str
)
def test_on_another_device_nobody_is_named_and_the_customer_hears_of_it(
    app, site, tokens, phone, mails, headers, address
):
    token = transfer_token(app, tokens, site)
    elsewhere = HttpClient(headers=headers, REMOTE_ADDR=address)
    assert is_asked_to_sign_in(open_site(elsewhere, site, token))
    assert [line.payload["reason"] for line in mails.refusals()] == ["other_device"]
    assert mails.count() == 1


def test_for_another_client_it_is_nothing_and_stays_good_for_its_own(call, app, site, tokens, phone):
    other = make_client(call, name="Elsewhere", redirect_uris=("https://else.example/cb",), vendor="shop")
    token = transfer_token(app, tokens, site)
    assert is_asked_to_sign_in(open_site(HttpClient(headers=PHONE), other, token))
    webview = HttpClient(headers=PHONE)
    assert arrive(site, press(webview, open_site(webview, site, token), "continue"))


@pytest.mark.parametrize("token", ["x", "a" * 8000, "<script>", "%00", "\u202eabc"])
def test_what_is_no_token_is_left_out(site, ana, token):
    assert is_asked_to_sign_in(open_site(HttpClient(headers=PHONE), site, token))


def test_two_of_them_are_one_too_many(site, ana):
    parameters = site.authorize_parameters("v" * 43, session_transfer_token=["a", "b"])
    assert HttpClient().get("/oauth/authorize", parameters).status_code == 400


def test_it_is_stored_nowhere_and_leaves_the_address_at_once(app, site, tokens, phone, caplog):
    token = transfer_token(app, tokens, site)
    webview = HttpClient(headers=PHONE)
    parameters = site.authorize_parameters("v" * 43, session_transfer_token=token)
    sent_on = webview.get("/oauth/authorize", parameters)
    page = webview.get(sent_on["Location"])
    interaction = Interaction.objects.get()
    assert token not in str(interaction.parameters)
    assert "session_transfer_token" not in str(interaction.parameters)
    assert re.fullmatch("[0-9a-f]{64}", interaction.transfer_digest)
    assert token not in sent_on["Location"]
    assert token not in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert sent_on["Referrer-Policy"] == page["Referrer-Policy"] == "same-origin"
    assert token not in caplog.text
    press(webview, page, "continue")
    assert Interaction.objects.get().transfer_digest == ""


def test_the_page_wants_its_own_form(app, site, tokens, phone):
    webview = HttpClient(headers=PHONE, enforce_csrf_checks=True)
    page = open_site(webview, site, transfer_token(app, tokens, site))
    assert webview.post(page.wsgi_request.path, {"session": "continue"}).status_code == 403
    assert Handoff.objects.get().redeemed_at is None


# --- What ends with the app, the customer, the channel ---------------------------------------------------------------

ENDS = {
    "suspended": lambda ana, app, sid, call: suspend_account(sub=ana.sub, reason="fraud", call=call),
    "closed": lambda ana, app, sid, call: close_account(sub=ana.sub, reason="asked_for", call=call),
    "erased": lambda ana, app, sid, call: erase_account(sub=ana.sub, reason="asked_for", call=call),
    "session ended": lambda ana, app, sid, call: revoke_session(sid=sid, reason="ended_by_operator", call=call),
}


@pytest.mark.parametrize("end", ENDS)
def test_nothing_comes_of_what_ended(call, app, site, ana, tokens, phone, end):
    token = transfer_token(app, tokens, site)
    webview = HttpClient(headers=PHONE)
    page = open_site(webview, site, token)
    ENDS[end](ana, app, claims_of(tokens["id_token"])["sid"], call)
    assert is_asked_to_sign_in(press(webview, page, "continue"))
    assert is_asked_to_sign_in(open_site(HttpClient(headers=PHONE), site, token))
    assert refusal(ask_transfer(app, tokens, site)) == (400, "invalid_request")
    refresh = {"subject_token": tokens["refresh_token"], "subject_token_type": TokenType.REFRESH_TOKEN.value}
    assert refusal(ask_transfer(app, tokens, site, **refresh)) == (400, "invalid_request")


def test_the_child_ends_with_the_session_of_the_app(call, app, site, tokens, phone):
    webview = HttpClient(headers=PHONE)
    arrived = arrive(site, press(webview, open_site(webview, site, transfer_token(app, tokens, site)), "continue"))
    now = replace(call, now=clock.now())
    revoke_session(sid=claims_of(tokens["id_token"])["sid"], reason="ended_by_customer", call=now)
    assert site.introspect(arrived["access_token"]) == {"active": False}
    assert webview.get("/security/").status_code == 302


def test_a_client_or_a_channel_that_was_shut_takes_nothing_over(call, app, site, tokens, phone):
    token = transfer_token(app, tokens, site)
    webview = HttpClient(headers=PHONE)
    page = open_site(webview, site, token)
    disable_client(client_id=site.client.client_id, call=call)
    forget_clients()
    assert webview.post(page.wsgi_request.path, {"session": "continue"}).status_code in (303, 400)
    assert refusal(ask_transfer(app, tokens, site)) == (400, "invalid_target")
    assert Handoff.objects.get().redeemed_at is None


def test_a_channel_that_was_shut_meanwhile_takes_nothing_over(call, app, site, tokens, phone):
    webview = HttpClient(headers=PHONE)
    page = open_site(webview, site, transfer_token(app, tokens, site))
    disable_channel(channel="web", call=call)
    forget_policies()
    answer = press(webview, page, "continue")
    assert query_of(answer["Location"])["error"] == "access_denied"
    assert Handoff.objects.get().redeemed_at is None
