"""What a customer chooses is written once, answered with its sequence, and holds at once."""

import pytest

from audit.queries import get_seq, list_events
from consent.errors import EventReused
from consent.types import Reason, Verdict
from tests.services.consent.conftest import ANA

pytestmark = [pytest.mark.django_db]


def test_nothing_is_permitted_that_nobody_asked_for(register):
    answer = register.ask("personalization")
    assert (answer.decision, answer.reason, answer.rule) == (Verdict.DENY, Reason.UNKNOWN, 8)


def test_what_is_granted_is_permitted_with_the_sequence_of_the_partys_head(register):
    recorded = register.choose("grant", "personalization")
    answer = register.ask("personalization")
    assert (answer.decision, answer.reason, answer.rule) == (Verdict.PERMIT, Reason.GRANTED, 5)
    assert answer.seq == recorded.seq == get_seq(subject=ANA)
    assert answer.winner == recorded.events[0].id
    assert [line.type for line in list_events(subject=ANA)] == ["consent.granted"]


def test_what_is_withdrawn_is_denied_from_then_on(register):
    register.choose("grant", "personalization")
    register.later(1).choose("withdraw", "personalization")
    answer = register.later(2).ask("personalization")
    assert (answer.decision, answer.reason, answer.rule) == (Verdict.DENY, Reason.WITHDRAWN, 5)


def test_the_same_choice_sent_again_is_answered_as_it_stands(register, rows):
    choice = {"event_id": "form 1"}
    first = register.choose("grant", "personalization", **choice)
    again = register.choose("grant", "personalization", **choice)
    assert (first.replayed, again.replayed) == ([False], [True])
    assert again.events == first.events
    assert len(rows()) == 1


def test_another_choice_under_the_same_id_is_refused(register, rows):
    register.choose("grant", "personalization", event_id="form 1")
    with pytest.raises(EventReused):
        register.choose("withdraw", "personalization", event_id="form 1")
    assert len(rows()) == 1


def test_a_contract_asks_nobody_and_an_unknown_purpose_is_denied(register):
    assert register.ask("service").reason is Reason.CONTRACT
    assert (register.ask("spying").decision, register.ask("spying").reason) == (Verdict.DENY, Reason.UNKNOWN_PURPOSE)
