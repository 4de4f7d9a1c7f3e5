"""Signing up and in through a provider, and the pages around it."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client

from accounts import queries, services
from accounts.models import Account, Identifier
from accounts.types import Kind, Provenance, ProviderDraft
from sessions_hub.models import Session
from sessions_hub.queries import list_live_sessions
from tests.actors import make_channel
from tests.journeys.people import totp
from tests.services.accounts_upstream.people import CARLA, SECRET, facts, sign_in, who
from tests.upstream import go_round


@pytest.mark.sqlite
def test_a_stranger_whose_address_the_provider_verified_has_an_account_at_once(acme, browser):
    answer = go_round(browser, acme, next="/security/")
    assert answer.redirect_chain[-1][0] == "/security/"
    account = who(browser)
    assert account is not None
    assert (account.email, account.name, account.kind) == (CARLA, "Carla", Kind.CUSTOMER)
    assert not account.has_usable_password()
    assert EmailAddress.objects.get(user=account).verified
    identifier = Identifier.objects.get(account=account)
    assert (identifier.provenance, identifier.level) == (Provenance.UPSTREAM, 2)
    assert facts(account) == [
        *("account.created", "identifier.added", "identifier.verified", "link.added", "session.started"),
        "party.linked",
    ]


def test_the_link_holds_issuer_and_sub_and_nothing_else(acme, browser):
    go_round(browser, acme)
    link = SocialAccount.objects.get()
    assert (link.provider, link.uid, link.extra_data) == ("acme", "u-1", {})


def test_she_comes_back_to_the_same_account_whatever_her_address_is_by_then(acme, browser, call):
    go_round(browser, acme)
    carla = who(browser)
    acme.person |= {"email": "carla.new@people.example", "name": "C."}
    other = Client()
    go_round(other, acme)
    assert who(other) == carla
    assert Account.objects.count() == 1


def test_a_session_from_upstream_is_one_factor_as_old_as_the_sign_in_there(acme, browser, call):
    acme.claims["auth_time"] = int(call.now.timestamp()) - 7200
    go_round(browser, acme)
    level = list_live_sessions(subject=who(browser).sub, now=call.now)[0].level
    assert (level.acr, level.amr) == ("urn:throughline:1fa", ("fed",))
    assert timedelta(hours=1, minutes=59) < call.now - level.auth_time < timedelta(hours=2, minutes=1)


def test_the_second_factor_of_the_account_is_still_asked_for(acme, browser, call):
    go_round(browser, acme)
    carla = who(browser)
    services.enroll_totp(sub=carla.sub, secret=SECRET, call=call)
    assert queries.get_best_acr(carla) == "urn:throughline:2fa"
    other = Client()
    answer = go_round(other, acme)
    assert who(other) is None
    assert answer.redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
    other.post("/accounts/2fa/authenticate/", {"code": totp(SECRET)})
    assert who(other) == carla
    level = list_live_sessions(subject=carla.sub, now=call.now)[0].level
    assert (level.acr, level.amr) == ("urn:throughline:2fa", ("fed", "mfa", "otp"))


def test_a_stopped_account_stays_out(acme, browser, call):
    go_round(browser, acme)
    carla = who(browser)
    services.suspend_account(sub=carla.sub, reason="test", call=call)
    other = Client()
    go_round(other, acme)
    assert who(other) is None


def test_an_erased_account_is_not_opened_and_its_link_is_gone(acme, browser, call):
    go_round(browser, acme)
    carla = who(browser)
    services.erase_account(sub=carla.sub, reason="test", call=call)
    assert SocialAccount.objects.count() == 0
    other = Client()
    go_round(other, acme)
    assert who(other) not in (carla, None)


def test_somebody_new_does_not_go_on_in_the_session_of_somebody_else(acme, browser, ana):
    sign_in(browser)
    acme.person["email_verified"] = False
    answer = go_round(browser, acme)
    assert answer.redirect_chain[-1][0] == "/accounts/upstream/sign-up/"
    assert answer.status_code == 200
    assert Session.objects.get(account=ana).revoked_at is not None


def test_whoever_is_signed_in_here_as_somebody_else_is_signed_out_first(acme, browser, ana):
    sign_in(browser)
    go_round(browser, acme)
    assert who(browser).email == CARLA
    assert Session.objects.get(account=ana).revoked_at is not None


def test_the_button_stands_where_the_channel_offers_it(acme, call):
    assert "Continue with Acme" in Client().get("/accounts/login/").content.decode()
    assert "Continue with Acme" in Client().get("/accounts/signup/").content.decode()
    make_channel(call, "kiosk")
    draft = ProviderDraft(name="Acme", client_id="gateway", client_secret=None, scopes=("openid",), channels=("kiosk",))
    services.change_provider(slug="acme", draft=draft, call=call)
    assert "Continue with Acme" not in Client().get("/accounts/login/").content.decode()


def test_a_get_begins_nothing(acme, browser):
    assert browser.get("/accounts/upstream/acme/login/").status_code == 405
    assert acme.asked == []


def test_a_post_from_another_site_begins_nothing(acme):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post("/accounts/upstream/acme/login/").status_code == 403
    assert acme.asked == []


def test_she_ends_on_our_own_pages_only(acme, browser):
    answer = go_round(browser, acme, next="https://evil.example/")
    assert answer.redirect_chain[-1][0] == "/"


def test_nothing_of_the_tokens_or_the_person_is_kept_readable(acme, browser):
    go_round(browser, acme)
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret FROM accounts_upstreamprovider")
        assert b"upstream-secret-1" not in bytes(cursor.fetchone()[0])
        cursor.execute("SELECT COUNT(*) FROM socialaccount_socialtoken")
        assert cursor.fetchone()[0] == 0
