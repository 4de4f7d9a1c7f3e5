"""OpenID CIBA Core 1.0, poll mode: a client asks a customer on a device of hers. Filed by section."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from accounts.services import close_account, enroll_totp, erase_account, suspend_account
from audit.queries import list_events
from notifications.queries import list_messages
from oauth import events
from oauth.models import BackchannelRequest
from sessions_hub.queries import find_live_session, list_live_sessions
from sessions_hub.services import start_child_session
from sessions_hub.types import Via
from tests.actors import claims_of, make_client, make_customer, sign_in
from tests.asking import (
    after,
    answer_ciba,
    ask_by_ciba,
    make_asking_client,
    newest_request,
    open_ways_in,
    send_ciba,
)
from tests.journeys.people import totp

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(call):
    make_client(call)  # the channel that browsers sign in on
    return make_asking_client(call, name="Chat", channel="chat")


@pytest.fixture
def browser(chat, ana):
    return sign_in(ana)


def words(page):
    return " ".join(re.sub("<[^>]+>", " ", page.content.decode().partition("<main")[2]).split())


def refusal(answer):
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, answer.json()["error"]


# --- 7.1: the request -----------------------------------------------------------------------------------------------


def test_the_answer_names_the_request_and_the_number_to_show(chat, ana):
    told = ask_by_ciba(chat, ana.email).told
    assert set(told) == {"auth_req_id", "expires_in", "interval", "number"}
    assert re.fullmatch(r"[1-9][0-9]", told["number"])
    assert (told["expires_in"], told["interval"]) == (300, 5)


def test_nothing_of_it_is_stored_in_the_clear(chat, ana):
    told = ask_by_ciba(chat, ana.email).told
    row = BackchannelRequest.objects.values().get()
    assert told["auth_req_id"] not in str(row)
    assert row["number"] != told["number"]
    assert len(row["number"]) == 64
    assert ana.email not in str(row)


@pytest.mark.parametrize("hint", ["e-mail", "e-mail in capitals", "sub", "id_token"])
def test_she_is_named_by_one_hint_of_either_kind(call, chat, ana, browser, hint):
    fields = {
        "e-mail": {"login_hint": ana.email},
        "e-mail in capitals": {"login_hint": ana.email.upper()},
        "sub": {"login_hint": ana.sub},
    }.get(hint)
    if fields is None:
        asked = ask_by_ciba(chat, ana.email)
        answer_ciba(browser, asked)
        fields = {"id_token_hint": asked.poll().json()["id_token"]}
    assert send_ciba(chat, **fields).status_code == 200
    assert "Chat" in browser.get("/approvals/").content.decode()


@pytest.mark.parametrize(
    "hints",
    [
        {},
        {"login_hint": "a@b.example", "id_token_hint": "x"},
        {"login_hint_token": "x"},
        {"id_token_hint": "x"},
        {"id_token_hint": "a.b.c"},
    ],
)
def test_no_hint_two_hints_and_a_bad_hint_are_invalid_request(chat, hints):
    assert refusal(send_ciba(chat, **hints)) == (400, "invalid_request")


def test_the_id_token_of_another_client_is_no_hint(call, chat, ana, browser):
    shop = make_client(call, name="Shop two")
    hint = shop.tokens_for(browser)["id_token"]
    assert refusal(send_ciba(chat, id_token_hint=hint)) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"scope": None}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid decisions"}, "invalid_scope"),
        ({"requested_expiry": "0"}, "invalid_request"),
        ({"requested_expiry": "soon"}, "invalid_request"),
        ({"request": "a.b.c"}, "invalid_request"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"binding_message": "a\u202egnp.exe"}, "invalid_binding_message"),
        ({"binding_message": "a\nb"}, "invalid_binding_message"),
        ({"binding_message": "x" * 101}, "invalid_binding_message"),
        ({"binding_message": "x" * 8000}, "invalid_binding_message"),
        ({"binding_message": " "}, "invalid_binding_message"),
    ],
)
def test_each_wrong_parameter_has_its_error(chat, ana, fields, error):
    assert refusal(send_ciba(chat, login_hint=ana.email, **fields)) == (400, error)
    assert not BackchannelRequest.objects.exists()


def test_a_user_code_changes_nothing(chat, ana):
    assert send_ciba(chat, login_hint=ana.email, user_code="1234").status_code == 200


def test_a_public_client_asks_nobody(call, chat, ana):
    public = make_client(call, name="App", channel="chat", client_type="public")
    assert refusal(send_ciba(public, login_hint=ana.email)) == (401, "invalid_client")


def test_no_client_asks_whose_registration_does_not_say_so(call, chat, ana):
    other = make_client(call, name="Other", channel="chat")
    assert refusal(send_ciba(other, login_hint=ana.email)) == (400, "unauthorized_client")


def test_the_client_may_ask_for_less_time(chat, ana, time_machine):
    asked = ask_by_ciba(chat, ana.email, requested_expiry=30)
    assert asked.told["expires_in"] == 30
    after(31, time_machine)
    assert asked.error == "expired_token"


# --- Who is not there -----------------------------------------------------------------------------------------------

GONE = {"suspended": suspend_account, "closed": close_account, "erased": erase_account}


@pytest.mark.parametrize("who", ["nobody@people.example", "no-such-sub", "x" * 5000 + "@x", *GONE])
def test_somebody_who_is_not_there_gets_the_same_answer_and_never_answers(call, chat, ana, who, time_machine):
    hint = ana.email if who in GONE else who
    if who in GONE:
        GONE[who](sub=ana.sub, reason="asked_for", call=call)
    asked = ask_by_ciba(chat, hint)
    assert set(asked.told) == {"auth_req_id", "expires_in", "interval", "number"}
    assert BackchannelRequest.objects.get().subject == ""
    assert [letter for letter in list_messages() if "asks whether" in letter.subject] == []
    assert asked.error == "authorization_pending"
    after(301, time_machine)
    assert asked.error == "expired_token"


def test_the_time_tells_nothing_either_for_the_same_is_done_for_nobody(chat, ana, monkeypatch):
    monkeypatch.setattr("oauth.flows.backchannel.rules.asks_too_much", lambda *_, **__: False)
    asked = {}
    for hint in (ana.email, "nobody@people.example"):
        ask_by_ciba(chat, hint)  # what is looked up once is known from here on
        with CaptureQueriesContext(connection) as statements:
            ask_by_ciba(chat, hint)
        verbs = [each["sql"].split()[0] for each in statements if "audit_" not in each["sql"]]
        asked[hint] = [verb for verb in verbs if verb not in {"SAVEPOINT", "RELEASE", "ROLLBACK"}]
    known, unknown = asked.values()
    assert len(known) > 3
    assert known == unknown


# --- 8: the customer ------------------------------------------------------------------------------------------------


def test_a_mail_tells_her_and_answers_nothing(chat, ana, settings):
    ask_by_ciba(chat, ana.email, binding_message="see https://evil.example")
    (letter,) = [letter for letter in list_messages() if letter.subject == "Chat asks whether it is you"]
    assert letter.to == ana.email
    assert re.findall(r"https?://[^\s,]+", letter.body) == [settings.ISSUER_URL]


def test_every_page_says_that_somebody_waits(chat, ana, browser):
    assert "Somebody asks whether it is you" not in words(browser.get("/"))
    ask_by_ciba(chat, ana.email)
    assert "Somebody asks whether it is you" in words(browser.get("/"))
    assert "Somebody asks" not in words(browser.get("/approvals/"))


def test_she_sees_who_asks_and_the_message_of_the_other_side(chat, ana, browser):
    ask_by_ciba(chat, ana.email, binding_message="<b>Order</b> 4711")
    for address in ("/approvals/", newest_request(browser)):
        said = browser.get(address)
        assert "&lt;b&gt;Order&lt;/b&gt; 4711" in said.content.decode()
        for told in ("Chat", "just now"):
            assert told in words(said)


def test_the_number_makes_it_a_yes_and_the_tokens_come_once(call, chat, ana, browser):
    (approver,) = list_live_sessions(subject=ana.sub, now=call.now)
    asked = ask_by_ciba(chat, ana.email)
    assert asked.error == "authorization_pending"
    assert answer_ciba(browser, asked)["Location"] == "/approvals/"
    body = asked.poll().json()
    claims = claims_of(body["id_token"])
    child = find_live_session(sid=claims["sid"], now=call.now)
    assert (child.root, child.via, child.channel) == (approver.root, Via.CIBA, "chat")
    assert child.level == approver.level
    assert asked.error == "invalid_grant"
    assert chat.refresh(body["refresh_token"]).status_code == 200
    told = [event.type for event in list_events(subject=ana.sub, types=(events.APPROVAL_GIVEN,), limit=5)]
    assert told == ["approval.given"]


def test_three_wrong_numbers_are_a_no(chat, ana, browser):
    asked = ask_by_ciba(chat, ana.email)
    wrong = "11" if asked.told["number"] != "11" else "12"
    assert "look again" in words(answer_ciba(browser, asked, number=wrong)).lower()
    assert "look again" in words(answer_ciba(browser, asked, number="")).lower()
    assert asked.error == "authorization_pending"
    assert answer_ciba(browser, asked, number=wrong).status_code == 302
    assert asked.error == "access_denied"
    assert "Three wrong numbers" in words(browser.get("/approvals/"))


def test_a_no_needs_no_number(chat, ana, browser):
    asked = ask_by_ciba(chat, ana.email)
    answer_ciba(browser, asked, "no", number="")
    assert asked.error == "access_denied"


def test_this_was_not_me_leads_to_the_steps_and_stops_that_client_for_a_day(call, chat, ana, browser, time_machine):
    asked = ask_by_ciba(chat, ana.email)
    assert answer_ciba(browser, asked, "not_me", number="")["Location"] == "/security/not-me/"
    assert asked.error == "access_denied"
    assert refusal(send_ciba(chat, login_hint=ana.email)) == (403, "access_denied")
    assert refusal(send_ciba(chat, login_hint=ana.sub)) == (403, "access_denied")
    desk = make_asking_client(call, name="Desk", channel="contact_center")
    assert send_ciba(desk, login_hint=ana.email).status_code == 200
    assert "You said it wasn't you" in sign_in(ana).get("/security/").content.decode().replace("&#x27;", "'")
    after(86_401, time_machine)
    assert send_ciba(chat, login_hint=ana.email).status_code == 200


def test_another_customer_finds_nothing(call, chat, ana, browser):
    asked = ask_by_ciba(chat, ana.email)
    address = newest_request(browser)
    ben = sign_in(make_customer(call, "ben"))
    assert "Nothing waits" in words(ben.get("/approvals/"))
    assert ben.get(address).status_code == 404
    assert ben.post(address, {"answer": "yes", "number": asked.told["number"]}).status_code == 404
    assert ben.post(address, {"answer": "not_me"}).status_code == 404
    assert asked.error == "authorization_pending"


@pytest.mark.parametrize("ref", ["%00", "%ff", "x" * 5000, "ask_nothing", "..%2f"])
def test_a_malformed_address_is_nothing(browser, ref):
    assert 400 <= browser.get(f"/approvals/{ref}/").status_code < 500
    assert 400 <= browser.post(f"/approvals/{ref}/", {"answer": "no"}).status_code < 500


@pytest.mark.parametrize("number", ["\x00", "\uff19" * 3, "x" * 10_240, "4" * 200])
def test_a_malformed_number_is_a_wrong_one(chat, ana, browser, number):
    asked = ask_by_ciba(chat, ana.email)
    assert answer_ciba(browser, asked, number=number).status_code in (200, 400)
    assert asked.error == "authorization_pending"


def test_a_level_that_the_account_cannot_reach_can_only_be_refused(chat, ana, browser):
    asked = ask_by_ciba(chat, ana.email, acr_values="urn:throughline:2fa")
    page = browser.get(newest_request(browser))
    assert "your account has none yet" in words(page)
    assert 'value="yes"' not in page.content.decode()
    answer_ciba(browser, asked)
    assert asked.error == "authorization_pending"


SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def test_a_higher_level_is_asked_for_before_the_number_is_looked_at(call, chat, ana, browser):
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    asked = ask_by_ciba(chat, ana.email, acr_values="urn:throughline:2fa")
    address = newest_request(browser)
    led = answer_ciba(browser, asked, number="")
    assert led["Location"].startswith("/accounts/step-up/?next=%2Fapprovals%2F")
    cache.clear()  # a code is good once, and another test may have used this one
    back = browser.post(browser.get(led["Location"])["Location"], {"code": totp(SECRET)})["Location"]
    assert back == address
    answer_ciba(browser, asked)
    assert claims_of(asked.poll().json()["id_token"])["acr"] == "urn:throughline:2fa"


@pytest.mark.parametrize("via", [Via.CIBA, Via.DEVICE_CODE, Via.ASSISTANCE, Via.HANDOFF])
def test_a_session_that_others_hold_for_her_cannot_say_yes(call, chat, ana, browser, via):
    from oauth.flows.backchannel import answer_customer
    from oauth.types import Decision, Outcome

    (own,) = list_live_sessions(subject=ana.sub, now=call.now)
    child = start_child_session(
        parent_sid=own.sid, channel="chat", via=via, client_id=chat.client.client_id, device_id=own.device_id, call=call
    )
    held = [child]
    if via is not Via.ASSISTANCE:  # which goes no further anyway
        held.append(
            start_child_session(
                parent_sid=child.sid, channel="web", via=Via.TRANSFER, client_id="", device_id=own.device_id, call=call
            )
        )
    asked = ask_by_ciba(chat, ana.email)
    ref = BackchannelRequest.objects.get().ref
    given = {"ref": ref, "decision": Decision.APPROVED, "number": asked.told["number"], "call": call}
    assert {answer_customer(session=each, **given) for each in held} == {Outcome.NOT_HERE}
    assert answer_customer(session=own, **given) is Outcome.RECORDED


# --- 11, 13: polling, and how much is too much ------------------------------------------------------------------------


def test_polls_are_told_to_wait_and_slowed_down(chat, ana, time_machine):
    asked = ask_by_ciba(chat, ana.email)
    assert [asked.error for _ in range(2)] == ["authorization_pending", "slow_down"]
    after(11, time_machine)
    assert asked.error == "authorization_pending"


@pytest.mark.parametrize("hint", ["ana@people.example", "nobody@people.example"])
def test_a_fourth_question_of_one_client_that_waits_is_refused_whoever_is_asked(chat, ana, hint):
    for _ in range(3):
        assert send_ciba(chat, login_hint=hint).status_code == 200
    assert refusal(send_ciba(chat, login_hint=hint)) == (403, "access_denied")


def test_all_clients_together_ask_no_more_than_five_times_at_once(call, chat, ana):
    desk = make_asking_client(call, name="Desk", channel="contact_center")
    statuses = [send_ciba(app, login_hint=ana.email).status_code for app in (chat, chat, chat, desk, desk, desk)]
    assert statuses == [200, 200, 200, 200, 200, 403]


def test_one_client_floods_nobody(chat, settings, monkeypatch):
    settings.RATE_LIMIT_FACTOR = 1
    cache.clear()
    monkeypatch.setattr("oauth.conf.ASKS_PER_CLIENT", 3)
    statuses = [send_ciba(chat, login_hint=f"{each}@people.example").status_code for each in range(4)]
    assert statuses == [200, 200, 200, 403]


# --- What ends ------------------------------------------------------------------------------------------------------


def test_what_was_asked_of_an_erased_person_is_forgotten(call, chat, ana, browser):
    ask_by_ciba(chat, ana.email)
    erase_account(sub=ana.sub, reason="asked_for", call=call)
    assert not BackchannelRequest.objects.exists()
    assert not Account.objects.filter(email=ana.email).exists()


def test_a_closed_way_in_shows_and_takes_nothing(call, chat, ana, browser):
    asked = ask_by_ciba(chat, ana.email)
    address = newest_request(browser)
    open_ways_in(call, "chat", ways_in=["client_credentials"])
    assert "Nothing waits" in words(browser.get("/approvals/"))
    assert browser.post(address, {"answer": "yes", "number": asked.told["number"]}).status_code == 404


def test_old_requests_are_cleared_away(call, chat, ana):
    from oauth.services import clear_expired

    ask_by_ciba(chat, ana.email)
    clear_expired(call=replace(call, now=call.now + timedelta(hours=25)))
    assert not BackchannelRequest.objects.exists()
