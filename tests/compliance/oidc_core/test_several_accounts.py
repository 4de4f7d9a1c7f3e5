"""OIDC Core 3.1.2.1, 3.1.2.3, 3.1.2.6: whose account a client gets where several people are signed in."""

import pytest
from django.test import Client as HttpClient

from tests.actors import PASSWORD, claims_of, make_client, make_customer, query_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def help_site(call, shop):
    return make_client(call, name="Help")


def enter(browser, account):
    browser.post("/switch/another/")
    assert browser.post("/accounts/login/", {"login": account.email, "password": PASSWORD}).status_code == 302


def switch(browser, account):
    browser.post("/switch/to/", {"account": handle_of(browser.get("/switch/"), account)})


def handle_of(page, account):
    return next(each.handle for each in page.context["accounts"] if each.state.subject == account.sub)


@pytest.fixture
def sofa(shop, ana, ben):
    """Ana and Ben are signed in here, Ben is at the browser."""
    browser = HttpClient()
    enter(browser, ana)
    enter(browser, ben)
    return browser


def ask(app, browser, **changes):
    return browser.get("/oauth/authorize", app.authorize_parameters("v" * 43, **changes))


def answer_of(app, browser, **changes):
    return query_of(ask(app, browser, **changes)["Location"])


def subject_of(app, location):
    return claims_of(app.redeem(query_of(location)["code"], "v" * 43).json()["id_token"])["sub"]


def choose(browser, page, account):
    return browser.post(page.context["action_url"], {"account": handle_of(page, account)})


def who_is_at(browser):
    return next((each.account.name for each in browser.get("/switch/").context["accounts"] if each.current), None)


def test_a_client_that_nobody_has_used_here_makes_the_person_choose(shop, sofa, ana):
    page = ask(shop, sofa)
    assert page.status_code == 200
    assert subject_of(shop, choose(sofa, page, ana)["Location"]) == ana.sub
    assert who_is_at(sofa) == "Ana"


def test_the_chooser_names_name_and_masked_address_and_nothing_else(shop, sofa, ana, ben):
    page = ask(shop, sofa, prompt="select_account").content.decode()
    for words in ("Continue as Ana", "Continue as Ben", "a•••@people.example", "b•••@people.example"):
        assert words in page
    for secret in (ana.email, ben.email, ana.sub, ben.sub, "ses_"):
        assert secret not in page


def test_silence_leaves_no_choice(shop, sofa):
    answer = answer_of(shop, sofa, prompt="none")
    assert (answer["error"], answer["state"]) == ("account_selection_required", "state-1")
    assert answer["iss"] == "http://localhost:8000"


def test_a_client_is_bound_to_the_account_it_took_part_in(shop, sofa, ana, ben):
    choose(sofa, ask(shop, sofa), ana)
    switch(sofa, ben)
    for prompt in ("none", None):
        assert subject_of(shop, ask(shop, sofa, prompt=prompt)["Location"]) == ana.sub
    assert who_is_at(sofa) == "Ben", "answering a client moves nobody"


def test_another_client_is_not_bound_by_that(shop, help_site, sofa, ana):
    choose(sofa, ask(shop, sofa), ana)
    assert answer_of(help_site, sofa, prompt="none")["error"] == "account_selection_required"


def test_the_hint_picks_among_those_who_are_here(shop, sofa, ana, ben):
    hers = shop.redeem(query_of(choose(sofa, ask(shop, sofa), ana)["Location"])["code"], "v" * 43).json()["id_token"]
    page = ask(shop, sofa, prompt="select_account")
    his = shop.redeem(query_of(choose(sofa, page, ben)["Location"])["code"], "v" * 43).json()["id_token"]
    assert answer_of(shop, sofa, prompt="none")["error"] == "account_selection_required", "it takes part in both"
    for hint, account in ((hers, ana), (his, ben)):
        for prompt in ("none", None):
            assert subject_of(shop, ask(shop, sofa, prompt=prompt, id_token_hint=hint)["Location"]) == account.sub


def test_a_hint_of_somebody_who_is_not_here_yields_nobodys_code(call, shop, sofa, ana):
    cleo = make_customer(call, "cleo")
    elsewhere = HttpClient()
    enter(elsewhere, cleo)
    hint = shop.tokens_for(elsewhere)["id_token"]
    assert answer_of(shop, sofa, prompt="none", id_token_hint=hint)["error"] == "login_required"
    page = ask(shop, sofa, id_token_hint=hint)
    assert b"expects someone else" in page.content
    assert choose(sofa, page, ana).status_code == 200, "it asks again"


def test_a_sign_in_that_is_asked_for_is_asked_of_the_one_whom_it_is_about(shop, sofa, ana, ben):
    choose(sofa, ask(shop, sofa), ana)
    switch(sofa, ben)
    asked = ask(shop, sofa, prompt="login")
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert who_is_at(sofa) == "Ana"
    arrived = sofa.get(sofa.post(asked["Location"], {"password": PASSWORD})["Location"])
    assert subject_of(shop, arrived["Location"]) == ana.sub


def test_consent_is_asked_of_the_one_who_was_chosen(call, sofa, ana):
    partner = make_client(call, name="Partner", first_party=False)
    consent = choose(sofa, ask(partner, sofa), ana)
    assert b"signed in as Ana" in consent.content
    allowed = sofa.post(consent.context["action_url"], {"allow": "yes"})
    assert subject_of(partner, allowed["Location"]) == ana.sub


def test_a_choice_is_remembered_for_its_request_while_more_is_asked(call, sofa, ana, ben):
    partner = make_client(call, name="Partner", first_party=False)
    consent = choose(sofa, ask(partner, sofa), ana)
    again = sofa.get(consent.context["action_url"])
    assert b"signed in as Ana" in again.content


def test_who_stepped_aside_is_offered_and_not_taken(shop, ana):
    browser = HttpClient()
    enter(browser, ana)
    browser.post("/switch/another/")
    assert answer_of(shop, browser, prompt="none")["error"] == "account_selection_required"
    page = ask(shop, browser)
    assert subject_of(shop, choose(browser, page, ana)["Location"]) == ana.sub


def test_using_another_account_leads_to_the_sign_in_page_and_back_to_the_client(call, shop, sofa):
    cleo = make_customer(call, "cleo")
    page = ask(shop, sofa)
    asked = sofa.post(page.context["action_url"], {"account": "another"})
    assert asked["Location"].startswith("/accounts/login/")
    form = sofa.get(asked["Location"])
    assert b"Continue as Ana" in form.content, "who is here can still be chosen"
    arrived = sofa.get(sofa.post(asked["Location"], {"login": cleo.email, "password": PASSWORD})["Location"])
    assert subject_of(shop, arrived["Location"]) == cleo.sub


def test_who_is_chosen_on_the_sign_in_page_goes_on_to_the_client(shop, sofa, ana):
    page = ask(shop, sofa)
    form = sofa.get(sofa.post(page.context["action_url"], {"account": "another"})["Location"])
    action = page.context["action_url"]
    assert f'action="{action}"'.encode() in form.content
    arrived = sofa.post(action, {"account": handle_of(sofa.get("/switch/"), ana)})
    assert subject_of(shop, arrived["Location"]) == ana.sub


def test_signing_in_again_as_somebody_who_is_here_is_a_choice(shop, sofa, ana):
    page = ask(shop, sofa, prompt="select_account")
    asked = sofa.post(page.context["action_url"], {"account": "another"})
    arrived = sofa.get(sofa.post(asked["Location"], {"login": ana.email, "password": PASSWORD})["Location"])
    assert subject_of(shop, arrived["Location"]) == ana.sub


def test_not_me_on_the_way_to_a_client_leads_back_to_the_chooser(shop, sofa, ana, ben):
    page = ask(shop, sofa)
    action = page.context["action_url"]
    answered = sofa.post(f"/switch/forget/{handle_of(page, ana)}/", {"next": action})
    assert answered["Location"] == action
    again = sofa.get(action)
    assert subject_of(shop, again["Location"]) == ben.sub, "he alone is left, and he is at the browser"


@pytest.mark.parametrize("answer", ["", "this", "nonsense", "\x00", "a" * 10_000])
def test_an_answer_that_is_none_asks_again(shop, sofa, answer):
    page = ask(shop, sofa)
    assert sofa.post(page.context["action_url"], {"account": answer}).status_code in (200, 400)
    assert who_is_at(sofa) == "Ben"
