"""What the registry of consent holds is one of the facts of a decision, asked live, kept whole and judged again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import checks
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assurance.queries import find_decision, get_explanation
from assurance.rules import judge, write_judgement
from assurance.services import decide, evaluate_all
from assurance.types import ConsentState, Outcome, Question, Semantics
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from consent.queries import forget_catalog
from consent.services import bind_device, publish_notice, put_purpose, retire_purpose
from consent.types import NoticeRef
from kit.call import Caller, CallerKind
from tests.actors import make_customer
from tests.services.consent.conftest import Register, draft, fill_catalog

pytestmark = pytest.mark.django_db


@pytest.fixture
def register(ana, call):
    fill_catalog(call)
    forget_catalog()
    return Register(call)


@pytest.fixture
def ask(ana, begin, register):
    """A decision about an offer in Ana's session, some seconds on."""
    session = begin()

    def decided(seconds=0.0, *, action="offer.personalize", account=ana, **changes):
        asked = Question(**{"subject": account.sub, "action": action, "sid": session.sid, "channel": "web", **changes})
        return decide(question=asked, call=register.later(seconds).call)

    return decided


def said(decision):
    return decision.judgement.outcome, [each.code for each in decision.judgement.objections]


def facts_of(decision):
    return find_decision(decision_id=decision.id).facts.consent


def test_silence_is_not_a_yes(ask):
    decision = ask()
    assert said(decision) == (Outcome.SUPPRESS, ["consent_missing"])
    assert (facts_of(decision).state, facts_of(decision).reason, facts_of(decision).rule) == ("unknown", "unknown", 8)
    assert decision.judgement.would_change == ("The customer's own yes to this purpose.",)


def test_her_yes_is_a_permit_and_the_facts_name_her_choice(ask, ana, register):
    event = register.choose("grant", "personalization", ana.sub, expires_at=register.call.now + timedelta(days=1))
    decision = ask(1)
    assert said(decision) == (Outcome.PERMIT, [])
    consent = facts_of(decision)
    assert (consent.state, consent.reason, consent.rule) == (ConsentState.PERMIT, "granted", 5)
    assert (consent.winner, consent.seq) == (event.events[0].id, event.seq)
    assert consent.valid_until == event.events[0].expires_at.isoformat()
    assert decision.checked.answers[0].permits


@pytest.mark.parametrize(
    ("action", "reason", "told"),
    [
        ("withdraw", "withdrawn", "taken back"),
        ("deny", "denied", "said no"),
        ("object", "objected", "objected"),
    ],
)
def test_her_no_is_suppressed_from_then_on_with_the_registrys_reason(ask, ana, register, action, reason, told):
    register.choose("grant", "personalization", ana.sub)
    assert said(ask(1))[0] is Outcome.PERMIT
    register.later(2).choose(action, "personalization", ana.sub)
    decision = ask(2)
    assert said(decision) == (Outcome.SUPPRESS, ["consent_denied"])
    assert facts_of(decision).reason == reason
    assert told in decision.judgement.objections[0].message


def test_a_yes_for_another_channel_or_processor_is_none_for_this_one(ask, ana, register):
    register.choose("grant", "personalization", ana.sub)
    register.later(1).choose("deny", "personalization", ana.sub, processor="mailer")
    assert said(ask(2))[0] is Outcome.PERMIT
    other = ask(2, processor="mailer")
    assert said(other) == (Outcome.SUPPRESS, ["consent_denied"])
    assert facts_of(other).processor == "mailer"
    register.later(3).choose("deny", "personalization", ana.sub, channel="web")
    assert said(ask(4)) == (Outcome.SUPPRESS, ["consent_denied"])


def test_a_processor_nobody_registered_is_refused_and_its_name_is_not_kept(ask, ana, register):
    register.choose("grant", "personalization", ana.sub)
    decision = ask(1, processor="ana@willow.example")
    assert said(decision) == (Outcome.REFUSE, ["processor_not_allowed"])
    assert "willow" not in str(find_decision(decision_id=decision.id))


def test_a_yes_under_a_notice_that_changed_has_to_be_asked_again(ask, ana, register):
    register.choose("grant", "personalization", ana.sub)
    register.choose("deny", "marketing", ana.sub)
    publish_notice(
        ref=NoticeRef("privacy", 2, "en"), text="We do more.", purposes=["personalization"], material=True,
        call=register.call,
    )  # fmt: skip
    decision = ask(1)
    assert said(decision) == (Outcome.SUPPRESS, ["consent_missing"])
    assert facts_of(decision).reason == "reconsent"
    assert decision.judgement.would_change == ("The customer's own yes under the notice as it is now.",)


def test_a_yes_ends_by_itself(ask, ana, register):
    register.choose("grant", "personalization", ana.sub, expires_at=register.call.now + timedelta(seconds=60))
    assert said(ask(59))[0] is Outcome.PERMIT
    assert said(ask(60)) == (Outcome.SUPPRESS, ["consent_missing"])


def test_a_purpose_that_is_not_known_any_more_is_refused_and_every_start_says_so(ask, ana, register):
    register.choose("grant", "personalization", ana.sub)
    retire_purpose(purpose="personalization", call=register.call)
    assert said(ask(1)) == (Outcome.REFUSE, ["unknown_purpose"])
    found = [each.msg for each in checks.run_checks(tags=[checks.Tags.database], databases=["default"])]
    assert "Channel web: offer.personalize is refused: no purpose personalization is known." in found


def test_what_a_device_refuses_is_refused_to_her_who_signed_in_on_it(ask, ana, register):
    register.choose("grant", "personalization", ana.sub)
    register.later(1).choose("deny", "personalization", "dev_tablet")
    bind_device(device="dev_tablet", account=ana.sub, call=register.later(2).call)
    assert said(ask(3)) == (Outcome.SUPPRESS, ["consent_denied"])
    assert facts_of(ask(3)).rule == 7


def test_an_agent_is_refused_with_the_reason_where_agents_may_not_and_where_she_said_no(ana, begin, register):
    register.choose("grant", "personalization", ana.sub)
    agent = replace(register.call, caller=Caller(kind=CallerKind.CLIENT, client_id="bot", agent="agt_1"))
    asked = Question(subject=ana.sub, action="offer.personalize", sid=begin().sid, channel="web")
    assert said(decide(question=asked, call=agent)) == (Outcome.REFUSE, ["processor_not_allowed"])
    put_purpose(draft=draft("personalization", agent_allowed=True), call=register.call)
    forget_catalog()
    assert said(decide(question=asked, call=agent))[0] is Outcome.PERMIT
    register.later(1).choose("withdraw", "personalization", ana.sub)
    assert said(decide(question=asked, call=agent)) == (Outcome.REFUSE, ["consent_denied"])


def test_nobody_learns_what_another_customer_said(ask, ana, register, call):
    ben = make_customer(call, "ben")
    register.choose("withdraw", "personalization", ben.sub)
    decision = ask(1, account=ben)
    assert said(decision) == (Outcome.REFUSE, ["subject_mismatch"])
    assert (facts_of(decision).state, facts_of(decision).known) == (ConsentState.NOT_ASKED, False)
    assert decision.checked is None


def test_what_was_stored_is_judged_the_same_after_she_chose_otherwise(ask, ana, register):
    register.choose("grant", "personalization", ana.sub)
    before = ask(1)
    register.later(2).choose("withdraw", "personalization", ana.sub)
    after = ask(3)
    operator = Caller(kind=CallerKind.BROWSER, roles=frozenset({"auditor"}))
    for decision, outcome in ((before, "permit"), (after, "suppress")):
        told = get_explanation(decision_id=decision.id, reader=operator)
        assert told.is_same
        assert told.decision.judgement["outcome"] == outcome
        assert judge(told.decision.facts) == decision.judgement
        assert write_judgement(told.judgement) == told.decision.judgement
        assert any("taken back" in word for word in told.words) is (outcome == "suppress")


def test_it_takes_one_statement_more_and_none_where_no_purpose_is_asked(ask, ana, register):
    register.choose("grant", "personalization", ana.sub)
    ask(1)
    counted = {}
    for action in ("offer.personalize", "orders.view", "no.such_action"):
        with CaptureQueriesContext(connection) as found:
            ask(1, action=action)
        counted[action] = len(found)
    assert counted == {"offer.personalize": 5, "orders.view": 4, "no.such_action": 4}


def test_a_batch_asks_the_registry_once_for_what_is_the_same(ana, begin, register):
    session = begin()
    publish_policy(channel="web", body={"actions": {"offer.personalize": {"class": "personalize"}}}, call=register.call)
    forget_policies()
    asked = Question(subject=ana.sub, action="offer.personalize", sid=session.sid, channel="web")
    herself = Caller(
        kind=CallerKind.CLIENT, client_id="shop", takes_part_in=lambda _: True, serves_channel_in=lambda _: True
    )
    call = replace(register.call, caller=herself)
    counted = []
    for many in (1, 1, 5):  # the first fills what is remembered
        with CaptureQueriesContext(connection) as found:
            answers = evaluate_all(questions=[asked] * many, semantics=Semantics.EXECUTE_ALL, call=call)
        counted.append(len(found))
        assert {each.judgement.outcome for each in answers} == {Outcome.SUPPRESS}
    assert counted[1] == counted[2] == 5
