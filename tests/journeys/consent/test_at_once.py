"""Many at once: one choice is written once, and nobody permits after a withdrawal was answered."""

import pytest
from django.test import Client as HttpClient

from consent.models import ConsentEvent
from consent.queries import unsubscribe_headers
from tests.journeys.consent.conftest import Speaker, choice
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_times_the_same_choice_is_one(ana):
    said = choice(ana.sub)
    answers, errors = together(20, lambda _: Speaker(ana.own.token).send("events", said))
    assert errors == []
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["seq"] for answer in answers}) == 1
    assert ConsentEvent.objects.count() == 1


def test_twenty_choices_under_one_id_are_one_and_nineteen_refused(ana):
    said = choice(ana.sub, "deny")
    purposes = ["marketing", "marketing.email", "marketing.sms", "personalization", "analytics"] * 4

    def send(number):
        return Speaker(ana.own.token).send("events", {**said, "purpose": purposes[number]})

    answers, errors = together(20, send)
    assert errors == []
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] * 3 + [201] + [409] * 16
    assert ConsentEvent.objects.count() == 1


def test_after_a_withdrawal_was_answered_nothing_is_permitted_or_committed(ana, backend):
    ana.own.choose(ana.sub)
    item = {"subject": ana.sub, "purpose": "marketing.email", "channel": "web"}
    token = backend.send("check", {"items": [item]}).json()["token"]
    withdrawn: list[bool] = []

    def act(number):
        if number == 0:
            answer = Speaker(ana.own.token).choose(ana.sub, "withdraw")
            withdrawn.append(answer.status_code == 201)
            return True
        knew = bool(withdrawn)
        committed = Speaker(backend.token).send("commit", {"token": token}).status_code
        permits = Speaker(backend.token).ask(ana.sub)["decision"] == "permit"
        return not (knew and (committed == 204 or permits))

    answers, errors = together(12, act)
    assert errors == []
    assert all(answers)
    assert backend.send("commit", {"token": token}).status_code == 409


def test_two_clicks_at_once_withdraw_once(ana):
    ana.own.choose(ana.sub)
    url = unsubscribe_headers(party=ana.sub, purpose="marketing.email")["List-Unsubscribe"]
    path = url.removeprefix("<http://localhost:8000").removesuffix(">")
    answers, errors = together(10, lambda _: HttpClient().post(path, {"List-Unsubscribe": "One-Click"}))
    assert errors == []
    assert {answer.status_code for answer in answers} == {200}
    assert ConsentEvent.objects.filter(source="unsubscribe").count() == 1
