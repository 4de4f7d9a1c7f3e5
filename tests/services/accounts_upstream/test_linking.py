"""Linking a provider to an account that is there, and taking it off again."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts import queries, services
from accounts.errors import NoWayLeft
from accounts.flows.email_change import note_change, undo_change
from accounts.types import Kind
from notifications.queries import list_messages
from tests.actors import PASSWORD
from tests.services.accounts_upstream.people import CARLA, SECRET, facts, prove_again, sign_in, who
from tests.upstream import Upstream, come_back, configure, go_round, leave_for, serve


def test_two_verified_addresses_link_nothing_until_the_local_owner_has_signed_in_and_said_yes(anas_acme, browser, ana):
    answer = go_round(browser, anas_acme, next="/sessions/")
    assert answer.redirect_chain[-1][0] == "/accounts/upstream/link/"
    assert who(browser) is None
    assert SocialAccount.objects.count() == 0
    browser.post("/accounts/upstream/link/", {"link": "yes"})
    assert SocialAccount.objects.count() == 0
    sign_in(browser)
    page = browser.get("/accounts/upstream/link/")
    assert b"Link it" in page.content
    assert SocialAccount.objects.count() == 0
    answer = browser.post("/accounts/upstream/link/", {"link": "yes"})
    assert answer["Location"] == "/sessions/"
    assert SocialAccount.objects.get().user == ana
    other = Client()
    go_round(other, anas_acme)
    assert who(other) == ana
    assert "Acme opens your account now" in [mail.subject for mail in list_messages() if mail.to == ana.email]


def test_not_now_links_nothing(anas_acme, browser, ana):
    go_round(browser, anas_acme)
    sign_in(browser)
    browser.post("/accounts/upstream/link/")
    assert SocialAccount.objects.count() == 0
    browser.post("/accounts/upstream/link/", {"link": "yes"})
    assert SocialAccount.objects.count() == 0


def test_another_account_cannot_take_the_link_up(anas_acme, browser, ana, call):
    services.register_account(
        email="mal@example.com", password=PASSWORD, name="", kind=Kind.CUSTOMER, email_verified=True, call=call
    )
    go_round(browser, anas_acme)
    sign_in(browser, "mal@example.com")
    browser.post("/accounts/upstream/link/", {"link": "yes"})
    assert SocialAccount.objects.count() == 0


def test_a_half_finished_sign_in_does_not_count_as_the_owners_word(anas_acme, browser, ana, call):
    services.enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    go_round(browser, anas_acme)
    sign_in(browser)
    assert who(browser) is None
    browser.post("/accounts/upstream/link/", {"link": "yes"})
    assert SocialAccount.objects.count() == 0


def test_a_question_is_over_after_ten_minutes(anas_acme, browser, ana):
    go_round(browser, anas_acme)
    session = browser.session
    question = session["upstream_link"]
    session["upstream_link"] = question | {"asked_at": "2020-01-01T00:00:00+00:00"}
    session.save()
    sign_in(browser)
    browser.post("/accounts/upstream/link/", {"link": "yes"})
    assert SocialAccount.objects.count() == 0


def test_an_old_sign_in_is_not_enough_to_link(anas_acme, browser, ana):
    sign_in(browser)
    go_round(browser, anas_acme)
    answer = browser.post("/accounts/upstream/link/", {"link": "yes"})
    assert "/reauthenticate/" in answer["Location"]
    assert SocialAccount.objects.count() == 0
    browser.post(answer["Location"], {"password": PASSWORD})
    assert SocialAccount.objects.get().user == ana


def test_linking_from_the_security_page_wants_a_fresh_proof_before_anything(acme, browser, ana):
    sign_in(browser)
    answer = browser.post("/accounts/upstream/acme/login/", {"process": "connect"})
    assert "/reauthenticate/" in answer["Location"]
    assert acme.asked == []


def test_linking_from_the_security_page_ends_in_a_question_and_a_yes(acme, browser, ana):
    sign_in(browser)
    prove_again(browser)
    answer = go_round(browser, acme, process="connect")
    assert answer.redirect_chain[-1][0] == "/accounts/upstream/link/"
    assert CARLA in answer.content.decode()
    assert SocialAccount.objects.count() == 0
    browser.post("/accounts/upstream/link/", {"link": "yes"})
    assert SocialAccount.objects.get().user == ana
    assert EmailAddress.objects.filter(user=ana).count() == 1, "a link brings no address along"
    assert b"Linked" in browser.get("/security/").content


def test_linking_that_comes_back_to_another_person_in_the_browser_links_nothing(acme, browser, ana, call):
    sign_in(browser)
    prove_again(browser)
    there = leave_for(browser, acme, process="connect")
    services.register_account(
        email="ben@example.com", password=PASSWORD, name="", kind=Kind.CUSTOMER, email_verified=True, call=call
    )
    browser.post("/accounts/logout/")
    sign_in(browser, "ben@example.com")
    come_back(browser, acme, acme.sign_in(there), follow=True)
    browser.post("/accounts/upstream/link/", {"link": "yes"})
    assert SocialAccount.objects.count() == 0


def test_a_stranger_cannot_begin_to_link(acme, browser):
    answer = browser.post("/accounts/upstream/acme/login/", {"process": "connect"})
    assert answer.status_code == 302
    assert acme.asked == []


def test_a_person_upstream_opens_one_account_only(acme, browser, ana):
    go_round(browser, acme)
    carla = who(browser)
    other = Client(headers={"accept": "text/html"})
    sign_in(other)
    prove_again(other)
    go_round(other, acme, process="connect")
    answer = other.post("/accounts/upstream/link/", {"link": "yes"}, follow=True)
    assert "linked to another account" in answer.content.decode()
    assert SocialAccount.objects.get().user == carla


def test_the_same_sub_at_another_issuer_is_somebody_else(acme, browser, call):
    go_round(browser, acme)
    with serve(
        Upstream(slug="beta", person={"sub": "u-1", "email": "x@people.example", "email_verified": True})
    ) as beta:
        configure(beta, call)
        other = Client()
        go_round(other, beta)
        assert who(other) not in (who(browser), None)


def test_unlinking_wants_a_fresh_proof_and_ends_what_rested_on_it(acme, browser, ana, call):
    sign_in(browser)
    prove_again(browser)
    go_round(browser, acme, process="connect")
    browser.post("/accounts/upstream/link/", {"link": "yes"})
    phone = Client()
    go_round(phone, acme)
    assert who(phone) == ana
    late = Client()
    sign_in(late)
    assert "/reauthenticate/" in late.post("/accounts/upstream/acme/unlink/")["Location"]
    assert SocialAccount.objects.count() == 1
    browser.post("/accounts/upstream/acme/unlink/")
    assert SocialAccount.objects.count() == 0
    assert who(phone) is None
    assert who(browser) == ana
    assert facts(ana)[-2:] == ["link.removed", "session.revoked"]


def test_unlinking_leaves_a_way_in(acme, browser, call):
    go_round(browser, acme)
    carla = who(browser)
    assert queries.can_lose_link(carla, provider="acme"), "a code can be mailed to her address"
    EmailAddress.objects.filter(user=carla).update(verified=False)
    assert not queries.can_lose_link(carla, provider="acme")
    with pytest.raises(NoWayLeft):
        services.remove_link(account=carla, provider="acme", call=call)
    assert SocialAccount.objects.count() == 1


def test_a_provider_that_is_off_is_no_way_in(acme, browser, call):
    go_round(browser, acme)
    carla = who(browser)
    EmailAddress.objects.filter(user=carla).update(verified=False)
    with serve(Upstream(slug="beta")) as beta:
        configure(beta, call)
        services.add_link(account=carla, provider="beta", subject="b-1", call=call)
        assert queries.can_lose_link(carla, provider="acme")
        services.disable_provider(slug="beta", call=call)
        assert not queries.can_lose_link(carla, provider="acme")


def test_nobody_unlinks_what_is_not_theirs(acme, browser, ana):
    go_round(Client(), acme)
    sign_in(browser)
    prove_again(browser)
    browser.post("/accounts/upstream/acme/unlink/")
    assert SocialAccount.objects.count() == 1


def test_taking_back_a_changed_address_takes_off_what_was_linked_since(acme, ana, call):
    secret = note_change(account=ana, old=ana.email, new="mallory@people.example", call=call)
    assert secret
    with serve(Upstream(slug="beta")) as beta:
        configure(beta, call)
        services.add_link(account=ana, provider="acme", subject="before", call=call)
        SocialAccount.objects.filter(provider="acme").update(date_joined=call.now - timedelta(days=1))
        services.add_link(account=ana, provider="beta", subject="mallory", call=call)
    undo_change(secret=secret, call=call)
    assert [link.slug for link in queries.list_links(ana)] == ["acme"]
