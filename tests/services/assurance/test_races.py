"""Deciding beside other deeds: no lock is waited for, nothing is read half."""

import pytest

from accounts.types import Method
from assurance.errors import LabelConflict
from assurance.models import Label, RiskFlag, SubjectProfile
from assurance.queries import find_decision, list_standing
from assurance.rules import judge
from assurance.services import clear_risk, decide, label_decision, learn_failure, learn_session, raise_risk
from assurance.types import Label as LabelName
from assurance.types import Outcome, Question, RiskKind
from audit.models import Event
from tests.together import together

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def question(ana, begin):
    session = begin(Method.PASSWORD, Method.TOTP)
    return Question(subject=ana.sub, action="orders.view", sid=session.sid, channel="web")


def test_twenty_decisions_at_once_are_twenty_lines_that_replay(question, call):
    decisions, errors = together(20, lambda number: decide(question=question, call=call))
    assert errors == []
    assert len({decision.id for decision in decisions}) == 20
    for decision in decisions:
        assert judge(find_decision(decision_id=decision.id).facts) == decision.judgement


def test_a_risk_raised_while_others_decide_is_in_all_of_a_decision_or_in_none(ana, question, call):
    def act(number):
        if number == 0:
            return raise_risk(subject=ana.sub, kind=RiskKind.REPORTED_THEFT, source="desk", call=call)
        return decide(question=question, call=call)

    found, errors = together(20, act)
    assert errors == []
    for decision in (each for each in found if not isinstance(each, str)):
        knows = any(line.evidence.standing for line in decision.judgement.confidence.lines)
        assert (decision.judgement.outcome is Outcome.PERMIT) is not knows
    assert decide(question=question, call=call).judgement.outcome is not Outcome.PERMIT


def test_one_risk_of_a_kind_stands_however_many_report_it_at_once(ana, call):
    ids, errors = together(20, lambda number: raise_risk(subject=ana.sub, kind=RiskKind.BOT, source="s", call=call))
    assert errors == []
    assert len(set(ids)) == 1
    assert RiskFlag.objects.count() == 1
    assert Event.objects.filter(type="risk.raised").count() == 1


def test_one_of_many_who_clear_a_risk_clears_it(ana, call):
    flag = raise_risk(subject=ana.sub, kind=RiskKind.BOT, source="s", call=call)
    answers, errors = together(20, lambda number: clear_risk(flag_id=flag, call=call))
    assert (errors, answers.count(True)) == ([], 1)
    assert list_standing(subject=ana.sub) == ()


def test_of_twenty_reports_of_what_came_of_it_one_stands(question, call):
    decision = decide(question=question, call=call)

    def tell(number):
        return label_decision(decision_id=decision.id, label=LabelName.DONE, call=call)

    told, errors = together(20, tell)
    assert (len(told), {type(error) for error in errors}) == (1, {LabelConflict})
    assert Label.objects.count() == Event.objects.filter(type="decision.labeled").count() == 1


def test_no_sign_in_and_no_wrong_answer_is_lost_when_many_come_at_once(ana, call):
    before = SubjectProfile.objects.get(subject=ana.sub).sessions

    def act(number):
        return (learn_session if number % 2 else learn_failure)(subject=ana.sub, call=call)

    assert together(20, act)[1] == []
    profile = SubjectProfile.objects.get(subject=ana.sub)
    assert (profile.sessions - before, len(profile.failures)) == (10, 10)
