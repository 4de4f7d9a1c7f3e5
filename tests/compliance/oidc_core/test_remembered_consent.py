"""OIDC Core 3.1.2.4: what a customer allows is asked, remembered, asked again when it grows, and can be taken back."""

import pytest
from django.test import Client as HttpClient

from accounts.services import erase_account
from audit.queries import list_events
from oauth.events import AUTHORIZATION_ALLOWED, AUTHORIZATION_REFUSED, AUTHORIZATION_WITHDRAWN
from oauth.models import Allowance
from oauth.services import withdraw_allowance
from tests.actors import make_client, make_customer, post_form, query_of, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner(call):
    return make_client(call, name="Partner", first_party=False)


@pytest.fixture
def browser(ana, partner):
    return sign_in(ana)


def ask(app, browser, **changes):
    return browser.get("/oauth/authorize", app.authorize_parameters("v" * 43, **changes))


def say(answer, app, browser, **changes):
    """The redirect that follows the consent page's answer."""
    page = ask(app, browser, **changes)
    assert page.status_code == 200, "the page was not shown"
    return query_of(browser.post(page.context["action_url"], {"allow": answer})["Location"])


def silent(app, browser, **changes):
    return query_of(ask(app, browser, prompt="none", **changes)["Location"])


def test_a_yes_is_carried_back_and_remembered(partner, browser):
    page = ask(partner, browser)
    assert b"Partner" in page.content
    assert silent(partner, browser)["error"] == "consent_required"

    answer = query_of(browser.post(page.context["action_url"], {"allow": "yes"})["Location"])

    assert partner.redeem(answer["code"], "v" * 43).status_code == 200
    assert "code" in query_of(ask(partner, browser)["Location"])
    assert "code" in silent(partner, browser)


def test_it_is_remembered_for_the_customer_and_not_for_the_browser(ana, partner, browser):
    say("yes", partner, browser)
    assert "code" in silent(partner, sign_in(ana))


def test_nobody_else_and_no_other_client_profits_from_a_yes(call, partner, browser):
    say("yes", partner, browser)
    other = make_client(call, name="Other", first_party=False)
    assert silent(other, browser)["error"] == "consent_required"
    assert silent(partner, sign_in(make_customer(call, "ben")))["error"] == "consent_required"


def test_a_no_is_an_answer_and_is_not_remembered(ana, partner, browser):
    assert say("no", partner, browser)["error"] == "access_denied"
    assert ask(partner, browser).status_code == 200
    assert len(list_events(subject=ana.sub, types=[AUTHORIZATION_REFUSED])) == 1
    assert not Allowance.objects.exists()


def test_more_scopes_are_asked_for_again_and_fewer_are_not(partner, browser):
    say("yes", partner, browser, scope="openid email")

    assert "code" in silent(partner, browser, scope="openid")
    assert silent(partner, browser, scope="openid email profile")["error"] == "consent_required"
    say("yes", partner, browser, scope="openid profile")
    assert "code" in silent(partner, browser, scope="openid email profile"), "an older yes still holds"


def test_prompt_consent_asks_although_it_is_remembered_and_a_no_takes_nothing_back(partner, browser):
    say("yes", partner, browser)
    assert say("no", partner, browser, prompt="consent")["error"] == "access_denied"
    assert "code" in silent(partner, browser)


def test_prompt_consent_asks_for_the_houses_own_clients_too(call, browser):
    shop = make_client(call)
    assert "code" in say("yes", shop, browser, prompt="consent")
    assert not Allowance.objects.exists(), "they are never asked otherwise, so nothing needs to be remembered"


@pytest.mark.parametrize(
    "claim", [{"approval_prompt": "auto"}, {"approval_prompt": "force"}, {"allow": "yes"}, {"skip_authorization": "1"}]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_parameter_of_a_request_stands_for_a_yes(partner, browser, claim, method):
    parameters = partner.authorize_parameters("v" * 43, **claim)
    asked = (
        browser.get("/oauth/authorize", parameters)
        if method == "get"
        else post_form(browser, "/oauth/authorize", parameters)
    )
    assert asked.status_code == 200
    assert "code" not in browser.get(f"{asked.context['action_url']}?allow=yes").headers.get("Location", "")
    assert silent(partner, browser, **claim)["error"] == "consent_required"


def test_withdrawing_in_the_portal_ends_grants_and_tokens_and_asks_again(ana, partner, browser):
    say("yes", partner, browser)
    tokens = partner.tokens_for(browser)
    unspent, verifier = partner.code_from(browser)
    assert b"Partner" in browser.get("/apps/").content

    assert browser.post("/apps/withdraw/", {"client_id": partner.client.client_id}).status_code == 302

    assert partner.redeem(unspent, verifier).json()["error"] == "invalid_grant"
    assert partner.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert partner.introspect(tokens["access_token"]) == {"active": False}
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert partner.http.get("/oauth/userinfo", headers=bearer).status_code == 401
    assert silent(partner, browser)["error"] == "consent_required"
    assert b"Partner" not in browser.get("/apps/").content.partition(b"<main")[2].partition(b'<ul class="rows"')[2]


def test_withdrawing_from_one_client_leaves_the_others(call, ana, partner, browser):
    other = make_client(call, name="Other", first_party=False)
    say("yes", partner, browser)
    say("yes", other, browser)
    tokens = other.tokens_for(browser)

    assert withdraw_allowance(subject=ana.sub, client_id=partner.client.client_id, call=call)

    assert other.introspect(tokens["access_token"])["active"]
    assert other.refresh(tokens["refresh_token"]).status_code == 200


def test_what_was_allowed_and_withdrawn_stands_in_the_journal(ana, partner, browser):
    say("yes", partner, browser, scope="openid email")
    browser.post("/apps/withdraw/", {"client_id": partner.client.client_id})

    (allowed,) = list_events(subject=ana.sub, types=[AUTHORIZATION_ALLOWED])
    (withdrawn,) = list_events(subject=ana.sub, types=[AUTHORIZATION_WITHDRAWN])
    assert allowed.payload["scope"] == withdrawn.payload["scope"] == "openid email"
    assert allowed.payload["client"] == withdrawn.payload["client"] == partner.client.client_id


def test_nobody_withdraws_for_somebody_else_or_by_a_link(call, ana, partner, browser):
    say("yes", partner, browser)
    ben = sign_in(make_customer(call, "ben"))
    pair = {"client_id": partner.client.client_id}

    assert ben.post("/apps/withdraw/", pair).status_code == 404
    assert browser.get("/apps/withdraw/", pair).status_code == 405
    strict = HttpClient(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post("/apps/withdraw/", pair).status_code == 403
    assert HttpClient().post("/apps/withdraw/", pair)["Location"].startswith("/accounts/login/")
    assert "code" in silent(partner, browser)


def test_nothing_tells_which_apps_an_erased_person_allowed(call, ana, partner, browser):
    say("yes", partner, browser)
    erase_account(sub=ana.sub, reason="asked_for", call=call)
    assert not Allowance.objects.exists()
