"""A question whether it is she wants a proof as fresh as the asking channel takes one: a yes renews, once."""

from datetime import timedelta

import pytest

from kit import clock
from sessions_hub.queries import find_verification
from tests.actors import PASSWORD, claims_of, make_client, sign_in
from tests.asking import answer_ciba, ask_by_ciba, make_asking_client, newest_request, open_ways_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(call):
    make_client(call)  # the channel that browsers sign in on
    client = make_asking_client(call, name="Desk", channel="contact_center")
    open_ways_in(call, "contact_center", session={"verified": "30m"})
    return client


def verification_of(ana):
    return find_verification(subject=ana.sub, channel="contact_center", now=clock.now())


def test_while_her_proof_holds_a_yes_asks_nothing_more(desk, ana, time_machine):
    browser = sign_in(ana)
    time_machine.move_to(clock.now() + timedelta(minutes=29))
    assert answer_ciba(browser, ask_by_ciba(desk, ana.email))["Location"] == "/approvals/"


def test_past_its_validity_one_question_renews_it(desk, ana, time_machine):
    browser = sign_in(ana)
    time_machine.move_to(clock.now() + timedelta(minutes=31))
    assert verification_of(ana) is None
    asked = ask_by_ciba(desk, ana.email)
    address = newest_request(browser)
    assert b"It has been a while" in browser.get(address).content
    led = answer_ciba(browser, asked)
    assert led["Location"].startswith("/accounts/reauthenticate/?next=%2Fapprovals%2F")
    assert asked.error == "authorization_pending"
    assert browser.post(led["Location"], {"password": PASSWORD})["Location"] == address
    assert answer_ciba(browser, asked)["Location"] == "/approvals/"
    time_machine.move_to(clock.now() + timedelta(seconds=6))
    assert claims_of(asked.poll().json()["id_token"])["auth_time"] >= int(clock.now().timestamp()) - 60
    renewed = verification_of(ana)
    assert renewed is not None
    assert renewed.valid_until > clock.now() + timedelta(minutes=29)


def test_her_own_app_learns_how_fresh(call, desk, ana, time_machine):
    mobile = make_client(call, name="Mobile")
    browser = sign_in(ana)
    time_machine.move_to(clock.now() + timedelta(minutes=31))
    token = mobile.tokens_for(browser)["access_token"]
    asked, headers = ask_by_ciba(desk, ana.email), {"Authorization": f"Bearer {token}"}
    (waiting,) = mobile.http.get("/api/approvals/", headers=headers).json()
    assert waiting["step_up"] is True
    body = {"decision": "approve", "number": asked.told["number"]}
    refused = mobile.http.post(
        f"/api/approvals/{waiting['id']}/", body, content_type="application/json", headers=headers
    )
    assert (refused.status_code, refused.json()["max_age"]) == (401, 1800)
    assert 'max_age="1800"' in refused["WWW-Authenticate"]


def test_a_no_needs_no_fresh_proof(desk, ana, time_machine):
    browser = sign_in(ana)
    time_machine.move_to(clock.now() + timedelta(minutes=31))
    asked = ask_by_ciba(desk, ana.email)
    assert answer_ciba(browser, asked, "no")["Location"] == "/approvals/"
    assert asked.error == "access_denied"
