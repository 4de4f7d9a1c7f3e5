"""Twenty at once, on PostgreSQL: codes and refresh tokens have one winner at most, and nothing breaks."""

import pytest
from django.db import connection
from django.test import Client as HttpClient

from oauth.models import Grant
from oauth.services import withdraw_allowance
from tests.actors import ChannelApp, make_client, make_customer, query_of, sign_in
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _row_locks():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture
def shop(call):
    return make_client(call)


@pytest.fixture
def browser(call, shop):
    return sign_in(make_customer(call))


def apart(app: ChannelApp) -> ChannelApp:
    """The same client as another process of it: its own HTTP connection."""
    return ChannelApp(app.client, app.secret)


def test_twenty_redemptions_of_one_code_have_one_winner_whose_tokens_die(shop, browser):
    code, verifier = shop.code_from(browser)

    answers, errors = together(20, lambda _: apart(shop).redeem(code, verifier))

    assert errors == []

    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code != 200]
    assert len(won) == 1
    assert {(each.status_code, each.json()["error"]) for each in lost} == {(400, "invalid_grant")}
    assert shop.introspect(won[0].json()["access_token"]) == {"active": False}


@pytest.mark.parametrize("times", [20, 50])
def test_parallel_refreshes_leave_at_most_one_live_lineage(shop, browser, times):
    tokens = shop.tokens_for(browser)

    answers, errors = together(times, lambda _: apart(shop).refresh(tokens["refresh_token"]))

    assert errors == []

    assert {answer.status_code for answer in answers} <= {200, 400}
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    alive = [each for each in won if shop.refresh(each["refresh_token"]).status_code == 200]
    assert alive == []


def test_refresh_and_revoke_at_once_leave_nothing_alive(shop, browser):
    tokens = shop.tokens_for(browser)

    def revoke_or_refresh(number):
        app = apart(shop)
        if number % 2:
            return app.post("/oauth/revoke", token=tokens["refresh_token"])
        return app.refresh(tokens["refresh_token"])

    answers, errors = together(10, revoke_or_refresh)

    assert errors == []
    assert {answer.status_code for answer in answers} <= {200, 400}
    assert Grant.objects.get().revoked_at is not None
    for answer in answers:
        body = answer.json() if answer.content else {}
        if "access_token" in body:
            assert shop.introspect(body["access_token"]) == {"active": False}


def test_whatever_is_issued_while_she_withdraws_is_dead_with_the_rest(call):
    ana, partner = make_customer(call), make_client(call, name="Partner", first_party=False)
    browser = sign_in(ana)
    page = browser.get("/oauth/authorize", partner.authorize_parameters("v" * 43))
    browser.post(page.context["action_url"], {"allow": "yes"})

    def visit_or_withdraw(number):
        if number == 0:
            return withdraw_allowance(subject=ana.sub, client_id=partner.client.client_id, call=call)
        mine = HttpClient()
        mine.cookies = browser.cookies
        return query_of(mine.get("/oauth/authorize", partner.authorize_parameters("v" * 43, prompt="none"))["Location"])

    answers, errors = together(8, visit_or_withdraw)

    assert errors == []
    codes = [answer["code"] for answer in answers if isinstance(answer, dict) and "code" in answer]
    assert {partner.redeem(code, "v" * 43).json()["error"] for code in codes} <= {"invalid_grant"}
    silent = browser.get("/oauth/authorize", partner.authorize_parameters("v" * 43, prompt="none"))
    assert query_of(silent["Location"])["error"] == "consent_required"
