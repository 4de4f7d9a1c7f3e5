"""The judge at the door: what a risk reported after sign-in does to codes and tokens."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as HttpClient

from accounts.services import enroll_totp
from assurance.models import SubjectProfile
from assurance.queries import find_decision, list_decisions
from assurance.services import clear_risk, raise_risk
from assurance.types import RiskKind
from kit import clock
from kit.call import CallContext
from oauth.types import TokenType
from tests.actors import ChannelApp, claims_of, make_client, make_customer, open_channel, query_of, sign_in
from tests.exchanges import EVERY_WAY_IN, ask_transfer, make_app
from tests.journeys.people import totp

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ana(call: CallContext) -> Any:
    cache.clear()
    return make_customer(call)


@pytest.fixture
def shop(call: CallContext) -> ChannelApp:
    return make_client(call)


@pytest.fixture
def browser(ana: Any, shop: ChannelApp) -> HttpClient:
    return sign_in(ana)


def report(account: Any, call: CallContext, kind: RiskKind = RiskKind.REPORTED_THEFT) -> str:
    """The account is an old one: that everything about it is new weighs against it too."""
    SubjectProfile.objects.filter(subject=account.sub).update(changed={})
    return raise_risk(subject=account.sub, kind=kind, source="contact_center", call=call)


def ask(shop: ChannelApp, browser: HttpClient, **changes: Any) -> Any:
    return browser.get("/oauth/authorize", shop.authorize_parameters("v" * 43, **changes))


def give_app_code(browser: HttpClient, page: Any) -> Any:
    cache.clear()
    return browser.post(browser.get(page["Location"])["Location"], {"code": totp(SECRET)})


def test_without_a_risk_nothing_is_asked_and_nothing_is_recorded(shop, browser):
    assert shop.tokens_for(browser)
    assert not list(list_decisions(limit=9))


def test_a_reported_theft_asks_for_the_second_factor_and_the_same_request_goes_on(call, ana, shop, browser):
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    report(ana, call)
    asked = ask(shop, browser)
    assert asked["Location"].startswith("/accounts/step-up/?next=")

    arrived = browser.get(give_app_code(browser, asked)["Location"])
    tokens = shop.redeem(query_of(arrived["Location"])["code"], "v" * 43).json()
    assert claims_of(tokens["access_token"])["acr"] == "urn:throughline:2fa"
    assert [each.judgement["outcome"] for each in list_decisions(limit=9)][-1] == "step_up"


def test_a_reported_theft_asks_whom_nothing_but_a_mailbox_is_left_for_its_code(call, ana, shop, browser):
    report(ana, call)
    asked = ask(shop, browser)
    assert browser.get(asked["Location"])["Location"].startswith("/accounts/reauthenticate/code/")


def test_several_risks_hold_the_account_back_and_the_page_says_so(call, ana, shop, browser):
    flags = [report(ana, call, kind) for kind in RiskKind]
    page = ask(shop, browser)
    assert page.status_code == 403
    assert "held back" in page.content.decode()
    assert "Shop" in page.content.decode()

    back = query_of(browser.post(page.context["action_url"], {"account": "back"})["Location"])
    assert (back["error"], back["state"]) == ("access_denied", "state-1")
    for flag in flags:
        clear_risk(flag_id=flag, call=call)
    assert "code" in query_of(ask(shop, browser)["Location"])


def test_silence_says_no_too(call, ana, shop, browser):
    report(ana, call)
    assert query_of(ask(shop, browser, prompt="none")["Location"])["error"] == "interaction_required"
    for kind in RiskKind:
        report(ana, call, kind)
    assert query_of(ask(shop, browser, prompt="none")["Location"])["error"] == "access_denied"


def test_a_refresh_is_refused_while_the_risk_stands_and_is_good_again_afterwards(call, ana, shop, browser):
    refresh_token = shop.tokens_for(browser)["refresh_token"]
    flag = report(ana, call)
    refused = shop.refresh(refresh_token)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    recorded = next(list_decisions(limit=1, subject=ana.sub))
    assert find_decision(decision_id=recorded.id).judgement["reasons"] == ["confidence_too_low"]

    clear_risk(flag_id=flag, call=call)
    assert shop.refresh(refresh_token).status_code == 200


def test_a_refresh_goes_on_after_a_fresh_second_factor_and_stops_when_that_has_faded(
    call, ana, shop, browser, time_machine
):
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    refresh_token = shop.tokens_for(browser)["refresh_token"]
    report(ana, call)
    assert shop.refresh(refresh_token).status_code == 400
    give_app_code(browser, ask(shop, browser))
    renewed = shop.refresh(refresh_token)
    assert renewed.status_code == 200

    time_machine.move_to(clock.now() + timedelta(minutes=30))
    assert shop.refresh(renewed.json()["refresh_token"]).status_code == 400


def test_an_app_hands_no_session_on_that_is_held_back(call, ana, shop, browser):
    open_channel(call, "web", EVERY_WAY_IN)
    app = make_app(call, "App", channel="web")
    site = make_client(call, name="Site", vendor="shop")
    tokens = app.tokens_for(browser)
    flag = report(ana, call)
    for given, type in (("access_token", TokenType.ACCESS_TOKEN), ("refresh_token", TokenType.REFRESH_TOKEN)):
        refused = ask_transfer(app, tokens, site, subject_token=tokens[given], subject_token_type=type.value)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    clear_risk(flag_id=flag, call=call)
    assert ask_transfer(app, tokens, site).status_code == 200


def test_a_code_of_just_before_the_report_is_good_for_nothing(call, ana, shop, browser):
    code, verifier = shop.code_from(browser)
    report(ana, call)
    assert shop.redeem(code, verifier).json()["error"] == "invalid_grant"
