"""The contact center raises the level by CIBA: the desk's decision says step_up, she approves, the decision permits."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache

from accounts.services import enroll_totp
from assurance.services import decide
from assurance.types import Question
from kit import clock
from tests.actors import claims_of, make_client, make_customer, sign_in
from tests.asking import answer_ciba, ask_by_ciba, make_asking_client, newest_request, open_ways_in
from tests.journeys.people import totp
from tests.journeys.step_up.conftest import ACTIONS, SECRET, TWO

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(call: Any) -> Any:
    make_client(call)  # the channel that she signs in on
    desk = make_asking_client(call, name="Desk", channel="contact_center")
    open_ways_in(call, "contact_center", actions=ACTIONS)
    return desk


def ask(account: Any, sid: str, call: Any, action: str) -> Any:
    question = Question(subject=account.sub, action=action, sid=sid, channel="contact_center")
    return decide(question=question, call=replace(call, now=clock.now())).judgement


def tokens_of(asked: Any, time_machine: Any) -> dict[str, Any]:
    time_machine.move_to(clock.now().timestamp() + 6)
    return dict(asked.poll().json())


def test_a_decision_at_the_desk_is_met_by_an_approval_with_a_second_factor(call, desk, time_machine):
    ana = make_customer(call)
    browser = sign_in(ana)
    enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    first = ask_by_ciba(desk, ana.email)
    answer_ciba(browser, first)
    sid = claims_of(tokens_of(first, time_machine)["access_token"])["sid"]
    assert ask(ana, sid, call, "orders.view").outcome == "permit"
    wanted = ask(ana, sid, call, "contact.update")
    assert (wanted.outcome, wanted.acr_values) == ("step_up", TWO)

    again = ask_by_ciba(desk, ana.email, acr_values=wanted.acr_values)
    address = newest_request(browser)
    cache.clear()
    browser.post(f"/accounts/2fa/reauthenticate/?next={address}", {"code": totp(SECRET)})
    answer_ciba(browser, again)
    claims = claims_of(tokens_of(again, time_machine)["access_token"])
    assert claims["acr"] == TWO
    assert ask(ana, claims["sid"], call, "contact.update").outcome == "permit"
    assert ask(ana, sid, call, "contact.update").outcome == "step_up", "the other call's session has not risen"
