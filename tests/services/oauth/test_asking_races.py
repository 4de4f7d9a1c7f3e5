"""Twenty at once, on PostgreSQL: a device code and an auth_req_id have one winner, an answer is one answer."""

import pytest
from django.db import connection
from django.test import Client as HttpClient

from audit.models import Event
from kit.call import CallContext
from oauth.models import BackchannelRequest, DeviceGrant
from sessions_hub.models import Session
from sessions_hub.queries import list_live_sessions
from sessions_hub.services import revoke_session
from tests.actors import ChannelApp, make_client, make_customer, sign_in
from tests.asking import (
    WAYS,
    Asked,
    answer_ciba,
    answer_device,
    ask_and_approve,
    ask_by_ciba,
    ask_by_device,
    make_asking_client,
    newest_request,
    send_ciba,
)
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _row_locks():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture
def kiosk(call):
    make_client(call)
    return make_asking_client(call)


@pytest.fixture
def ana(call):
    return make_customer(call)


@pytest.fixture
def browser(kiosk, ana):
    return sign_in(ana)


def apart(asked: Asked) -> Asked:
    """The same client as another process of it."""
    return Asked(ChannelApp(asked.app.client, asked.app.secret), asked.told)


def same_browser(browser: HttpClient) -> HttpClient:
    """Another tab: the same cookies on a connection of its own."""
    tab = HttpClient()
    tab.cookies.load({name: each.value for name, each in browser.cookies.items()})
    return tab


@WAYS
def test_twenty_redemptions_have_one_winner_whose_tokens_live(kiosk, ana, browser, way):
    asked = ask_and_approve(kiosk, browser, ana, way)

    answers, errors = together(20, lambda _: apart(asked).poll())

    assert errors == []
    won = [each for each in answers if each.status_code == 200]
    lost = {(each.status_code, each.json()["error"]) for each in answers if each.status_code != 200}
    assert len(won) == 1
    assert lost == {(400, "invalid_grant")}
    assert kiosk.introspect(won[0].json()["access_token"])["active"]
    assert Session.objects.filter(parent__isnull=False).count() == 1


@WAYS
def test_twenty_polls_of_a_pending_request_break_nothing(kiosk, ana, browser, way):
    asked = ask_by_device(kiosk) if way == "device_code" else ask_by_ciba(kiosk, ana.email)
    answers, errors = together(20, lambda _: apart(asked).poll())
    assert errors == []
    said = [each.json()["error"] for each in answers]
    assert said.count("authorization_pending") == 1
    assert said.count("slow_down") == 19


def test_one_customer_of_two_opens_a_code(call, kiosk, browser):
    code = ask_by_device(kiosk).told["user_code"]
    both = [browser, sign_in(make_customer(call, "ben"))]
    answers, errors = together(
        10, lambda number: same_browser(both[number % 2]).get("/oauth/device", {"user_code": code}).status_code
    )
    assert errors == []
    assert sorted(answers) == [200] * 5 + [404] * 5


def send_device(browser, asked, answer):
    fields = f"user_code={asked.told['user_code']}&answer={answer}"
    return same_browser(browser).post("/oauth/device", fields, content_type=FORM)


def test_ten_answers_to_a_device_are_one(kiosk, browser):
    asked = ask_by_device(kiosk)
    browser.get("/oauth/device", {"user_code": asked.told["user_code"]})

    answers, errors = together(10, lambda number: send_device(browser, asked, "yes" if number % 2 else "no"))

    assert errors == []
    assert sorted(each.status_code for each in answers) == [200] + [404] * 9
    (fact,) = Event.objects.filter(type__in=("approval.given", "approval.refused"))
    polled = asked.poll()
    assert (polled.status_code == 200) == (fact.type == "approval.given")


def test_ten_answers_to_a_question_are_one(kiosk, ana, browser):
    asked = ask_by_ciba(kiosk, ana.email)
    address = newest_request(browser)

    def answer(number):
        fields = {"answer": ("yes", "no", "not_me")[number % 3], "number": asked.told["number"]}
        return same_browser(browser).post(address, fields)

    answers, errors = together(10, answer)

    assert errors == []
    assert sorted(each.status_code for each in answers) == [302] + [404] * 9
    (fact,) = Event.objects.filter(type__in=("approval.given", "approval.refused", "approval.disowned"))
    assert (asked.poll().status_code == 200) == (fact.type == "approval.given")


def test_wrong_numbers_side_by_side_are_all_counted(kiosk, ana, browser):
    asked = ask_by_ciba(kiosk, ana.email)
    address = newest_request(browser)
    wrong = "11" if asked.told["number"] != "11" else "12"
    answers, errors = together(
        12, lambda _: same_browser(browser).post(address, {"answer": "yes", "number": wrong}).status_code
    )
    assert errors == []
    assert sorted(answers) == [200] * 2 + [302] + [404] * 9
    assert BackchannelRequest.objects.get().wrong_numbers == 3
    assert asked.error == "access_denied"


@WAYS
def test_whoever_ends_the_approving_session_meanwhile_leaves_nothing_alive(call: CallContext, kiosk, ana, browser, way):
    asked = ask_and_approve(kiosk, browser, ana, way)
    (own,) = list_live_sessions(subject=ana.sub, now=call.now)

    def redeem_or_revoke(number):
        if number == 5:
            return revoke_session(sid=own.sid, reason="ended_by_operator", call=call)
        return apart(asked).poll()

    answers, errors = together(10, redeem_or_revoke)

    assert errors == []
    statuses = [each.status_code for each in answers if not isinstance(each, bool)]
    assert set(statuses) <= {200, 400}
    for each in answers:
        if not isinstance(each, bool) and each.status_code == 200:
            assert kiosk.introspect(each.json()["access_token"]) == {"active": False}
    assert list_live_sessions(subject=ana.sub, now=call.now) == []


@WAYS
def test_an_approval_from_a_session_that_ends_at_the_same_time_is_worth_nothing(
    call: CallContext, kiosk, ana, browser, way
):
    asked = ask_by_device(kiosk) if way == "device_code" else ask_by_ciba(kiosk, ana.email)
    (own,) = list_live_sessions(subject=ana.sub, now=call.now)

    def approve_or_revoke(number):
        if number:
            return revoke_session(sid=own.sid, reason="ended_by_operator", call=call)
        answer = answer_device if way == "device_code" else answer_ciba
        try:
            return answer(same_browser(browser), asked).status_code
        except AssertionError:
            return 0  # she was signed out before she got to the page

    answers, errors = together(2, approve_or_revoke)

    assert errors == []
    assert all(each is True or each < 500 for each in answers)
    assert asked.poll().status_code == 400
    assert list_live_sessions(subject=ana.sub, now=call.now) == []


@pytest.mark.parametrize("hint", ["ana@people.example", "nobody@people.example"])
def test_questions_side_by_side_are_capped_too(kiosk, ana, hint):
    def ask(_):
        return send_ciba(ChannelApp(kiosk.client, kiosk.secret), login_hint=hint).status_code

    answers, errors = together(12, ask)
    assert errors == []
    assert sorted(answers) == [200] * 3 + [403] * 9


def test_twenty_devices_ask_at_once(kiosk):
    answers, errors = together(20, lambda _: ask_by_device(ChannelApp(kiosk.client, kiosk.secret)).told["user_code"])
    assert errors == []
    assert len(set(answers)) == 20
    assert DeviceGrant.objects.count() == 20
