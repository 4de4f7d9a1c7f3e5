"""OIDC Core 3.1.2.1: `prompt=select_account`, `id_token_hint` and `login_hint`; whose account a client gets."""

import re
from datetime import timedelta

import pytest
from django.test import Client as HttpClient

from kit import clock
from tests.actors import PASSWORD, claims_of, make_client, query_of, sign_in

pytestmark = pytest.mark.django_db


def ask(app, browser, **changes):
    return browser.get("/oauth/authorize", app.authorize_parameters("v" * 43, **changes))


def answer_of(app, browser, **changes):
    return query_of(ask(app, browser, **changes)["Location"])


def subject_of(app, location):
    return claims_of(app.redeem(query_of(location)["code"], "v" * 43).json()["id_token"])["sub"]


def handle_of(page, name):
    """How the page's form calls an account."""
    return next(each.handle for each in page.context["accounts"] if each.account.email.startswith(f"{name}@"))


def log_in(browser, asked, account):
    """Type the password where the gateway sends a stranger, and come back to the waiting request."""
    assert asked["Location"].startswith("/accounts/login/")
    signed_in = browser.post(asked["Location"], {"login": account.email, "password": PASSWORD})
    return browser.get(signed_in["Location"])


def test_a_choice_is_asked_for_and_names_the_account_in_this_browser(shop, browser):
    page = ask(shop, browser, prompt="select_account")
    assert page.status_code == 200
    assert b"Continue as Ana" in page.content
    assert b"Use another account" in page.content


def test_going_on_as_the_same_person_is_a_choice_and_proves_nothing_new(shop, browser, ana):
    before = claims_of(shop.tokens_for(browser)["id_token"])
    page = ask(shop, browser, prompt="select_account")

    arrived = browser.post(page.context["action_url"], {"account": handle_of(page, "ana")})

    after = claims_of(shop.redeem(query_of(arrived["Location"])["code"], "v" * 43).json()["id_token"])
    assert (after["sub"], after["sid"], after["auth_time"]) == (ana.sub, before["sid"], before["auth_time"])


def test_a_choice_holds_for_its_own_request_only(shop, browser):
    page = ask(shop, browser, prompt="select_account")
    browser.post(page.context["action_url"], {"account": handle_of(page, "ana")})
    assert ask(shop, browser, prompt="select_account").status_code == 200


def test_a_look_at_the_page_chooses_nothing(shop, browser):
    page = ask(shop, browser, prompt="select_account")
    for query in ("", f"?account={handle_of(page, 'ana')}", "?account=another"):
        assert browser.get(page.context["action_url"] + query).status_code == 200
    assert "code" in answer_of(shop, browser, prompt="none"), "she is still signed in"


def test_another_account_leaves_this_one_signed_in_and_goes_on_as_whoever_signs_in(shop, browser, ana, ben):
    hers = shop.tokens_for(browser)
    page = ask(shop, browser, prompt="select_account")

    asked = browser.post(page.context["action_url"], {"account": "another"})
    arrived = log_in(browser, asked, ben)

    assert subject_of(shop, arrived["Location"]) == ben.sub
    assert shop.introspect(hers["access_token"])["active"]


def test_only_the_page_that_asks_can_change_the_account(shop, call, browser):
    partner = make_client(call, name="Partner", first_party=False)
    consent = ask(partner, browser)
    browser.post(consent.context["action_url"], {"account": "another"})
    browser.post("/oauth/authorize/no-such-request", {"account": "another"})
    assert "code" in answer_of(shop, browser, prompt="none")


def test_a_stranger_chooses_by_signing_in(shop, ana):
    browser = HttpClient()
    arrived = log_in(browser, ask(shop, browser, prompt="select_account"), ana)
    assert subject_of(shop, arrived["Location"]) == ana.sub


def test_a_choice_and_a_new_proof_can_be_asked_for_together(shop, browser):
    page = ask(shop, browser, prompt="login select_account")
    chosen = browser.post(page.context["action_url"], {"account": handle_of(page, "ana")})
    assert chosen["Location"].startswith("/accounts/reauthenticate/")
    arrived = browser.get(browser.post(chosen["Location"], {"password": PASSWORD})["Location"])
    assert "code" in query_of(arrived["Location"])


@pytest.mark.parametrize("signed_in", [True, False])
def test_silence_with_a_choice_leaves_no_choice(shop, browser, signed_in):
    answer = answer_of(shop, browser if signed_in else HttpClient(), prompt="none select_account")
    assert answer["error"] == "account_selection_required"
    assert (answer["iss"], answer["state"]) == ("http://localhost:8000", "state-1")


def test_a_hint_of_her_own_changes_nothing(shop, browser):
    hint = shop.tokens_for(browser)["id_token"]
    assert "code" in answer_of(shop, browser, prompt="none", id_token_hint=hint)
    assert "code" in answer_of(shop, browser, id_token_hint=hint)


def test_an_expired_hint_is_still_a_hint(shop, browser, ana, time_machine):
    hint = shop.tokens_for(browser)["id_token"]
    time_machine.move_to(clock.now() + timedelta(hours=1))
    assert "code" in answer_of(shop, sign_in(ana), prompt="none", id_token_hint=hint)


def test_silence_with_a_hint_of_somebody_else_is_login_required(shop, browser, ben):
    hint = shop.tokens_for(sign_in(ben))["id_token"]
    assert answer_of(shop, browser, prompt="none", id_token_hint=hint)["error"] == "login_required"
    assert answer_of(shop, HttpClient(), prompt="none", id_token_hint=hint)["error"] == "login_required"


def test_a_hint_of_somebody_else_never_yields_this_persons_code(shop, browser, ben):
    hint = shop.tokens_for(sign_in(ben))["id_token"]
    page = ask(shop, browser, id_token_hint=hint)
    assert b"expects someone else" in page.content

    again = browser.post(page.context["action_url"], {"account": page.context["accounts"][0].handle})
    assert again.status_code == 200, "it asks again"
    asked = browser.post(page.context["action_url"], {"account": "another"})
    arrived = log_in(browser, asked, ben)
    assert subject_of(shop, arrived["Location"]) == ben.sub


def test_signing_in_as_yet_another_person_than_the_hint_asks_again(shop, browser, ana, ben):
    hint = shop.tokens_for(sign_in(ben))["id_token"]
    stranger = HttpClient()
    arrived = log_in(stranger, ask(shop, stranger, id_token_hint=hint), ana)
    assert b"expects someone else" in arrived.content


def test_going_back_instead_is_login_required(shop, browser, ben):
    hint = shop.tokens_for(sign_in(ben))["id_token"]
    page = ask(shop, browser, id_token_hint=hint)
    answer = query_of(browser.post(page.context["action_url"], {"account": "back"})["Location"])
    assert answer["error"] == "login_required"
    assert "code" in answer_of(shop, browser, prompt="none"), "she is still signed in"


@pytest.mark.parametrize("prompt", [None, "none"])
@pytest.mark.parametrize("what", ["nonsense", "forged", "access token", "another client's"])
def test_a_hint_that_is_none_is_invalid_request(call, shop, browser, prompt, what):
    tokens = shop.tokens_for(browser)
    other = make_client(call, name="Other")
    hint = {
        "nonsense": "a.b.c",
        "forged": tokens["id_token"][:-4] + "AAAA",
        "access token": tokens["access_token"],
        "another client's": other.tokens_for(browser)["id_token"],
    }[what]
    answer = answer_of(shop, browser, prompt=prompt, id_token_hint=hint)
    assert answer["error"] == "invalid_request"
    assert "id_token_hint" in answer["error_description"]


def typed(page):
    found = re.search(rb'<input[^>]*name="login"[^>]*>', page.content)
    assert found
    value = re.search(rb'value="([^"]*)"', found[0])
    return value[1].decode() if value else ""


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        ("ana@people.example", "ana@people.example"),
        ('"><script>alert(1)</script>', "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a" * 254, "a" * 254),
        ("a" * 255, ""),
        ("ana\u202e@people.example", ""),
        ("ana\r\nx", ""),
        ("", ""),
    ],
)
def test_a_login_hint_stands_in_the_sign_in_form(shop, hint, shown):
    browser = HttpClient()
    asked = ask(shop, browser, login_hint=hint)
    assert "people.example" not in asked["Location"], "no address in an address"
    assert typed(browser.get(asked["Location"])) == shown


def test_a_login_hint_is_for_its_own_request_only(shop):
    browser = HttpClient()
    ask(shop, browser, login_hint="ana@people.example")
    assert typed(browser.get("/accounts/login/")) == ""
    assert typed(browser.get(ask(shop, browser)["Location"])) == ""


def test_what_was_typed_stands_and_not_the_hint(shop):
    browser = HttpClient()
    asked = ask(shop, browser, login_hint="ana@people.example")
    again = browser.post(asked["Location"], {"login": "ben@people.example", "password": "not his password"})
    assert typed(again) == "ben@people.example"
