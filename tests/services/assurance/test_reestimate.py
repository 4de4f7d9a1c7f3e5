"""`manage.py reestimate`: old beside new, and nothing changed until somebody says so."""

from io import StringIO

import pytest
from django.core.management import call_command

from assurance.models import Ceiling, Label, Weight
from assurance.queries import forget_learned, get_ceiling, list_known, list_weights
from assurance.services import decide
from assurance.types import Question
from audit.models import Event

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("reestimate", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def labelled(ana, begin, call):
    """Forty decisions that were she, and forty of the same kind that were not."""
    session = begin()
    question = Question(subject=ana.sub, action="orders.view", sid=session.sid, channel="web")
    for number in range(80):
        decision = decide(question=question, call=call)
        outcome = "done" if number % 2 else "wrong_person"
        confidence = decision.judgement.confidence.reported
        Label.objects.create(
            decision_id=decision.id,
            subject=ana.sub,
            outcome=outcome,
            client_id="shop",
            confidence=confidence,
            reported_at=call.now,
        )


def test_without_labels_it_says_so(ana):
    assert "too few labels" in run("--apply")
    assert not Weight.objects.exists()


def test_a_dry_run_shows_old_and_new_and_changes_nothing(labelled):
    said = run()
    assert "password" in said
    assert "nothing changed" in said
    assert not Weight.objects.exists()
    assert not Ceiling.objects.exists()


def test_applied_weights_count_from_then_on_and_the_journal_tells(labelled):
    run("--apply")
    forget_learned()  # the command's own commit does it outside tests
    weights = list_weights()
    assert weights["password", "correct"] == 2.5, "as often his as hers: towards nothing, half a bit at a time"
    line = Event.objects.get(type="weights.estimated")
    assert line.actor == "system:reestimate"
    assert {"signal": "password", "class": "correct", "was": 3.0, "bits": 2.5} in line.payload["weights"]
    run("--apply")
    forget_learned()
    assert list_weights()["password", "correct"] == 2.0
    assert get_ceiling() == 0.9995


def test_what_came_of_a_question_about_nobody_teaches_nothing(labelled, ana, call):
    """A door that opened for whoever asked says nothing of how customers and others come."""
    before = run()
    nobody = decide(question=Question(subject=ana.sub, action="orders.view", sid="", channel="web"), call=call)
    Label.objects.create(
        decision_id=nobody.id, subject="", outcome="done", client_id="shop", confidence=0.0, reported_at=call.now
    )
    assert run() == before


def test_of_two_labels_the_worse_one_stands(ana, call):
    for outcome in ("wrong_person", "done"):
        Label.objects.create(
            decision_id="evt_1",
            subject=ana.sub,
            outcome=outcome,
            client_id="shop",
            confidence=0.9,
            reported_at=call.now,
        )
    assert list_known() == {"evt_1": (False, 0.9)}
