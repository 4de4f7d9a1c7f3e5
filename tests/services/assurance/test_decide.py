"""Deciding on a real database: one row, a fixed number of statements, and everything that it rested on."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.services import enroll_totp, suspend_account
from accounts.types import Method, Proof
from assurance.queries import find_decision
from assurance.rules import judge, write_judgement
from assurance.services import clear_risk, decide, raise_risk
from assurance.types import Outcome, Question, RiskKind
from channel_registry.queries import forget_policies
from channel_registry.services import disable_channel
from sessions_hub.services import add_proofs, revoke_session
from tests.actors import make_customer

pytestmark = pytest.mark.django_db


def asked(account, session, action="orders.view", **changes):
    return Question(**{"subject": account.sub, "action": action, "sid": session.sid, "channel": "web", **changes})


def test_a_password_just_now_is_enough_to_see_orders(ana, begin, call):
    found = decide(question=asked(ana, begin()), call=call).judgement
    assert found.outcome is Outcome.PERMIT
    assert 0.95 <= found.confidence.reported < 0.9995


def test_changing_contact_details_asks_for_the_second_factor_she_has(ana, begin, call):
    enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call)
    found = decide(question=asked(ana, begin(), "contact.update"), call=call).judgement
    assert found.outcome is Outcome.STEP_UP
    assert found.acr_values == "urn:throughline:2fa"
    assert found.max_age is not None
    assert 60 <= found.max_age <= 600


def test_both_factors_just_now_are_enough_to_change_them(ana, begin, call):
    both = begin(Method.PASSWORD, Method.TOTP)
    assert decide(question=asked(ana, both, "contact.update"), call=call).judgement.outcome is Outcome.PERMIT


def test_both_factors_eleven_minutes_ago_are_stepped_up(ana, begin, call):
    enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call)
    old = begin(Method.PASSWORD, Method.TOTP, ago=timedelta(minutes=11))
    found = decide(question=asked(ana, old, "contact.update"), call=call).judgement
    assert [objection.code for objection in found.objections] == ["proof_too_old"]


def test_a_password_said_again_is_not_both_factors_again(ana, begin, call):
    enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call)
    old = begin(Method.PASSWORD, Method.TOTP, ago=timedelta(minutes=11))
    add_proofs(sid=old.sid, proofs=[Proof(method=Method.PASSWORD, at=call.now)], call=call)
    found = decide(question=asked(ana, old, "contact.update"), call=call).judgement
    assert [objection.code for objection in found.objections] == ["proof_too_old"]
    assert (found.acr_values, found.max_age) == ("urn:throughline:2fa", 0), "her session has level and age already"
    add_proofs(sid=old.sid, proofs=[Proof(method=Method.TOTP, at=call.now)], call=call)
    assert decide(question=asked(ana, old, "contact.update"), call=call).judgement.outcome is Outcome.PERMIT


@pytest.mark.parametrize("action", ["payment.create", "no.such_action", ""])
def test_an_action_nobody_published_is_refused(ana, begin, call, action):
    assert decide(question=asked(ana, begin(), action), call=call).judgement.outcome is Outcome.REFUSE


def test_a_channel_nobody_knows_is_refused_and_so_is_a_closed_one(ana, begin, call):
    session = begin()
    unknown = decide(question=asked(ana, session, channel="nowhere"), call=call)
    assert [each.code for each in unknown.judgement.objections] == ["unknown_channel"]
    disable_channel(channel="web", call=call)
    forget_policies()
    closed = decide(question=asked(ana, session), call=call)
    assert [each.code for each in closed.judgement.objections] == ["unknown_channel"]
    assert judge(find_decision(decision_id=closed.id).facts) == closed.judgement


def test_another_customers_session_is_refused(ana, begin, call):
    ben = make_customer(call, "ben")
    found = decide(question=asked(ben, begin()), call=call).judgement
    assert [objection.code for objection in found.objections] == ["subject_mismatch"]


def test_ended_sessions_and_stopped_accounts_are_refused(ana, begin, call):
    session = begin()
    revoke_session(sid=session.sid, reason="test", call=call)
    assert decide(question=asked(ana, session), call=call).judgement.outcome is Outcome.REFUSE
    other = begin()
    suspend_account(sub=ana.sub, reason="test", call=call)
    assert decide(question=asked(ana, other), call=call).judgement.outcome is Outcome.REFUSE


def test_a_matched_record_is_for_a_person_to_review(ana, begin, call):
    question = asked(ana, begin(), resource_type="record", resource_id="crm-881")
    assert decide(question=question, call=call).judgement.outcome is Outcome.REVIEW


def test_a_reported_theft_weighs_until_it_is_cleared(ana, begin, call):
    session = begin()
    flag = raise_risk(subject=ana.sub, kind=RiskKind.REPORTED_THEFT, source="contact_center", call=call)
    assert decide(question=asked(ana, session), call=call).judgement.outcome is not Outcome.PERMIT
    assert clear_risk(flag_id=flag, call=call)
    assert decide(question=asked(ana, session), call=call).judgement.outcome is Outcome.PERMIT


def test_the_stored_input_gives_the_identical_number_again(ana, begin, call):
    decision = decide(question=asked(ana, begin(), "contact.update"), call=call)
    stored = find_decision(decision_id=decision.id)
    again = judge(stored.facts)
    assert again.confidence.reported == decision.judgement.confidence.reported
    assert write_judgement(again) == stored.judgement
    assert again == decision.judgement


def test_two_people_on_one_device_make_it_a_shared_one(ana, begin, call):
    first = begin()
    ben = make_customer(call, "ben")
    begin(device_id=first.device_id, account=ben)
    facts = find_decision(decision_id=decide(question=asked(ana, first), call=call).id).facts
    assert (facts.session.device_class, facts.session.shared_by) == ("shared_browser", 2)


def test_a_decision_takes_a_fixed_number_of_statements(ana, begin, call):
    session = begin()
    decide(question=asked(ana, session), call=call)
    counts = set()
    for action in ("orders.view", "contact.update", "no.such_action"):
        with CaptureQueriesContext(connection) as found:
            decide(question=asked(ana, session, action), call=call)
        counts.add(len(found))
    assert counts == {4}


def test_nothing_personal_is_stored_with_a_decision(ana, begin, call):
    decision = decide(question=asked(ana, begin()), call=call)
    stored = str(find_decision(decision_id=decision.id))
    assert "@" not in stored
    assert "192.0.2" not in stored
