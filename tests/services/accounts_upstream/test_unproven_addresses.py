"""Addresses that a provider does not vouch for, and people who signed up with somebody else's."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.models import Account
from notifications.queries import list_messages
from sessions_hub.queries import list_live_sessions
from tests.services.accounts_upstream.people import CARLA, facts, mailed_code, plain, who
from tests.upstream import Upstream, configure, go_round, serve

UNVERIFIED = [False, None, "true", "True", 1, "yes", [True], {"v": True}, 0, ""]


def say(upstream: Upstream, email: str, verified: Any) -> None:
    upstream.person |= {"email": email, "email_verified": verified}
    if verified is None:
        del upstream.person["email_verified"]


def answer_of_sign_up(upstream: Upstream, email: str, verified: Any) -> list[tuple[int, str, str]]:
    """Every page a stranger sees who arrives with this address: status, address, text without what is random."""
    browser = Client(headers={"accept": "text/html"})
    say(upstream, email, verified)
    first = go_round(browser, upstream)
    second = browser.post("/accounts/upstream/sign-up/", {"email": email, "name": "Mal"}, follow=True)
    return [(page.status_code, page.redirect_chain[-1][0], plain(page, email)) for page in (first, second)]


@pytest.mark.parametrize("verified", UNVERIFIED)
def test_an_unverified_address_links_nothing_and_does_not_tell_that_an_account_exists(acme, ana, verified):
    acme.person["sub"] = "mallory"
    known = answer_of_sign_up(acme, ana.email, verified)
    acme.person["sub"] = "somebody"
    unknown = answer_of_sign_up(acme, "nobody@example.com", verified)
    assert known == unknown
    assert SocialAccount.objects.count() == 0
    assert Account.objects.get(pk=ana.pk).has_usable_password()
    assert not list_live_sessions(subject=ana.sub, now=ana.created_at)


def test_the_owner_of_the_address_is_told_that_somebody_tried(acme, ana):
    answer_of_sign_up(acme, ana.email, False)
    mails = [mail for mail in list_messages() if mail.to == ana.email]
    assert len(mails) == 1
    assert "already" in mails[0].body.lower() or "have an account" in mails[0].body.lower()


def test_who_proves_the_address_by_its_code_is_in_and_linked_from_then_on(acme, browser):
    say(acme, CARLA, False)
    go_round(browser, acme)
    browser.post("/accounts/upstream/sign-up/", {"email": CARLA, "name": "Carla"})
    assert who(browser) is None
    assert SocialAccount.objects.count() == 0, "no link before the address is proved"
    browser.post("/accounts/confirm-email/", {"code": mailed_code(CARLA)})
    carla = who(browser)
    assert carla is not None
    assert carla.email == CARLA
    other = Client()
    go_round(other, acme)
    assert who(other) == carla


def test_without_any_address_the_person_is_asked_for_one(acme, browser):
    acme.person = {"sub": "u-2"}
    answer = go_round(browser, acme)
    assert answer.redirect_chain[-1][0] == "/accounts/upstream/sign-up/"
    assert b'name="email"' in answer.content


@pytest.mark.parametrize(
    "email",
    [
        "ANA@PEOPLE.EXAMPLE",
        "ana@ex\u00e4mple.com",
        "\u212ana@people.example",
        "ana@people.example\x00",
        "",
        7,
        ["ana@people.example"],
        "ana",
    ],
)
def test_an_address_that_could_be_taken_for_another_is_none(acme, browser, ana, email):
    acme.person |= {"email": email, "email_verified": True}
    answer = go_round(browser, acme)
    page = answer.redirect_chain[-1][0]
    assert page == ("/accounts/upstream/link/" if email == "ANA@PEOPLE.EXAMPLE" else "/accounts/upstream/sign-up/")
    assert who(browser) is None


def test_address_and_its_verification_are_not_put_together_from_two_places(acme, browser, ana):
    acme.claims |= {"email": ana.email}
    acme.userinfo = {"sub": "u-1", "email": "mal@example.com", "email_verified": True}
    answer = go_round(browser, acme)
    assert answer.redirect_chain[-1][0] == "/accounts/upstream/sign-up/"


def test_credentials_that_somebody_registered_in_advance_are_wiped_when_the_owner_comes_through_upstream(acme, browser):
    mallory = Client()
    mallory.post("/accounts/signup/", {"email": CARLA, "password1": "mallory waits here", "name": "Mal"})
    husk = Account.objects.get(email=CARLA)
    go_round(browser, acme)
    carla = who(browser)
    assert carla not in (husk, None)
    husk.refresh_from_db()
    assert (husk.email, husk.has_usable_password()) == ("", False)
    assert "credentials.wiped" in facts(husk)
    mallory.post("/accounts/login/", {"login": CARLA, "password": "mallory waits here"})
    assert who(mallory) is None


def test_a_sign_up_through_upstream_that_only_claims_an_address_gives_it_up_to_its_owner(acme, browser, call, settings):
    with serve(Upstream(slug="shady", person={"sub": "mal", "email": CARLA, "email_verified": False})) as shady:
        configure(shady, call)
        mallory = Client()
        go_round(mallory, shady)
        mallory.post("/accounts/upstream/sign-up/", {"email": CARLA, "name": ""})
        husk = Account.objects.get(email=CARLA)
        go_round(browser, acme)
        assert who(browser) not in (husk, None)
        assert Account.objects.get(pk=husk.pk).email == ""
        mallory.get("/accounts/confirm-email/")
        assert who(mallory) is None
        go_round(Client(), shady)
        assert SocialAccount.objects.filter(provider="shady").count() == 0
