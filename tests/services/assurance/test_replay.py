"""Recorded decisions judged again under another policy: what would change, at a fixed cost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services import enroll_totp
from accounts.types import Method
from assurance.queries import list_decisions, replay
from assurance.rules import judge
from assurance.services import decide
from assurance.types import Question
from channel_registry.queries import forget_policies
from channel_registry.rules import parse_policy
from channel_registry.services import publish_policy
from consent.services import put_purpose
from consent.types import PurposeDraft
from tests.services.assurance.conftest import POLICY

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(ana, begin, call):
    """Ana, who has an authenticator app, asked for these, with a password of some hours ago."""
    enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call)
    session = begin(Method.PASSWORD, ago=timedelta(hours=2))
    put_purpose(draft=PurposeDraft("personalization", texts={"en": {"title": "What fits you"}}), call=call)

    def ask(*actions, journey=None):
        for action in actions:
            question = Question(subject=ana.sub, action=action, sid=session.sid, channel="web")
            decide(question=question, call=replace(call, journey=journey))

    return ask


def changed(**actions):
    return parse_policy({"actions": POLICY["actions"] | actions})


def test_the_policy_in_force_changes_nothing(asked):
    asked("orders.view", "contact.update", "offer.personalize", "no.such_action")
    found = replay(channel="web", policy=parse_policy(POLICY), limit=100)
    assert (found.judged, found.changed, found.named) == (4, 0, ())
    assert found.before == found.after == {"permit": 1, "step_up": 1, "refuse": 1, "suppress": 1}


def test_a_stricter_rule_shows_whom_it_stops(asked):
    asked("orders.view", "account.view", journey="winter")
    found = replay(channel="web", policy=changed(**{"orders.view": {"class": "change"}}), limit=100)
    assert found.moves == (("permit", "step_up", 1),)
    assert [(each.journey, each.action, each.before, each.after) for each in found.named] == [
        ("winter", "orders.view", "permit", "step_up")
    ]


def test_an_action_taken_away_is_refused_and_one_added_is_not(asked):
    asked("payment.create", "account.view")
    body = {"actions": {"payment.create": {"class": "history", "resources": ["account"]}}}
    found = replay(channel="web", policy=parse_policy(body), limit=100)
    assert set(found.moves) == {("permit", "refuse", 1), ("refuse", "permit", 1)}


def test_a_proof_the_channel_no_longer_counts_weighs_nothing(asked):
    asked("orders.view")
    body = {**POLICY, "authenticators": ["passkey"], "confidence": {"prior": 0.6}}
    found = replay(channel="web", policy=parse_policy(body), limit=100)
    assert found.after == {"refuse": 1}


def test_a_device_that_fades_faster_counts(asked):
    asked("orders.view")
    fast = {"confidence": {"devices": {"own_browser": {"base": 0.5, "per": "10m"}}}, **POLICY}
    found = replay(channel="web", policy=parse_policy(fast), limit=100)
    assert found.moves == (("permit", "refuse", 1),)


def test_of_a_purpose_that_was_not_asked_for_nobody_knows(asked):
    asked("orders.view")
    with_purpose = changed(**{"orders.view": {"class": "history", "purpose": "service"}})
    assert replay(channel="web", policy=with_purpose, limit=100).after == {"suppress": 1}
    without = changed(**{"offer.personalize": {"class": "personalize", "purpose": "none"}})
    asked("offer.personalize")
    assert ("suppress", "permit", 1) in replay(channel="web", policy=without, limit=100).moves


def test_twenty_journeys_are_named_and_a_journey_once(asked):
    stricter = changed(**{"orders.view": {"class": "change"}})
    asked("orders.view", "orders.view", journey="twice")
    for number in range(25):
        asked("orders.view", journey=f"journey-{number}")
    found = replay(channel="web", policy=stricter, limit=100)
    assert (found.changed, len(found.named)) == (27, 20)
    assert len({each.journey for each in found.named}) == 20
    assert replay(channel="web", policy=stricter, limit=5).judged == 5


def test_it_takes_one_statement_however_many_there_are(asked):
    policy = parse_policy(POLICY)
    counted = []
    for actions in (("orders.view",), ("orders.view",) * 30):
        asked(*actions)
        forget_policies()
        with CaptureQueriesContext(
            connection,
        ) as statements:
            replay(channel="web", policy=policy, limit=1000)
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_decisions_of_another_channel_are_left_alone(asked):
    asked("orders.view")
    assert list(list_decisions(limit=10, channel="chat")) == []


def test_what_was_recorded_under_an_older_version_is_compared_with_the_one_in_force(asked, call):
    asked("orders.view")
    live = {"actions": POLICY["actions"] | {"orders.view": {"class": "change"}}}
    publish_policy(channel="web", body=live, call=call)
    forget_policies()
    found = replay(channel="web", policy=parse_policy(live), limit=10)
    assert (found.before, found.changed) == ({"step_up": 1}, 0)
    recorded = next(iter(list_decisions(limit=1, channel="web")))
    assert judge(recorded.facts).outcome.value == recorded.judgement["outcome"] == "permit"
