"""What the judge learns of customers by itself: from sign-ins, changes and wrong answers, and what it forgets."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.events import EMAIL_CHANGE_UNDONE
from accounts.services import (
    close_account,
    enroll_totp,
    erase_account,
    record_failed_proof,
    record_password_changed,
    record_password_reset,
    register_account,
)
from accounts.types import Kind
from assurance.models import Label, RiskFlag, SubjectProfile
from assurance.queries import find_crowd, find_decision, list_standing
from assurance.services import decide, learn_population, raise_risk
from assurance.types import Question, RiskKind
from audit import journal
from kit import places
from kit.unit_of_work import unit_of_work
from sessions_hub.services import recognize_device, start_device_session
from tests.actors import PASSWORD, make_customer

pytestmark = pytest.mark.django_db
MADRID, SYDNEY, TOLEDO = (40.0, -4.0), (-34.0, 151.0), (40.0, -4.0)


def profile_of(account):
    return SubjectProfile.objects.filter(subject=account.sub).first()


def lines(account, session, call):
    question = Question(subject=account.sub, action="orders.view", sid=session.sid, channel="web")
    decision = decide(question=question, call=call)
    return {line.evidence.signal: line for line in decision.judgement.confidence.lines}, decision


@pytest.fixture
def seen_at(monkeypatch):
    """Make every address lie where the test says."""

    def place(where):
        monkeypatch.setattr("assurance.services.learning.find_coordinates", lambda address: where)

    return place


def test_a_sign_in_becomes_a_habit_and_holds_no_address(ana, begin, call):
    begin()
    begin()
    found = profile_of(ana)
    assert found.sessions == 2
    assert set(found.features["network"].values()) == {2}
    assert "192.0.2" not in str(found.features)


def test_after_a_few_sign_ins_the_usual_network_speaks_for_her(ana, begin, call):
    for name in ("ben", "cleo", "dan"):
        begin(account=make_customer(call, name), call=replace(call, address=f"198.51.100.{len(name)}"))
    sessions = [begin() for _ in range(5)]
    learn_population(call=call)
    assert lines(ana, sessions[-1], call)[0]["network"].bits > 0


def test_sessions_that_nobody_signed_in_to_and_operators_teach_nothing(ana, begin, call):
    device = recognize_device(secret=None, user_agent="Firefox", call=call)[0]
    start_device_session(device_id=device.pk, channel="web", call=call)
    olga = register_account(
        email="olga@people.example", password=PASSWORD, name="Olga", kind=Kind.OPERATOR, email_verified=True, call=call
    )
    before = profile_of(olga).sessions if profile_of(olga) else 0
    begin(account=olga)
    after = profile_of(olga).sessions if profile_of(olga) else 0
    assert (before, after) == (0, 0)
    assert not SubjectProfile.objects.filter(sessions__gt=0).exists()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda ana, call: record_password_changed(account=ana, call=call), "password"),
        (lambda ana, call: record_password_reset(account=ana, call=call), "password"),
        (
            lambda ana, call: enroll_totp(sub=ana.sub, secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", call=call),
            "second_factor",
        ),
    ],
)
def test_what_was_changed_lately_weighs_against_her(ana, begin, call, change, kind):
    change(ana, replace(call, now=call.now - timedelta(hours=1)))
    assert lines(ana, begin(), call)[0][f"changed_{kind}"].bits < 0


def test_an_address_verified_at_sign_up_is_a_change(ana):
    assert "email" in profile_of(ana).changed


def test_wrong_answers_are_counted_for_a_person_who_exists_and_for_nobody_else(ana, call):
    record_failed_proof(subject=ana.sub, call=call)
    record_failed_proof(subject="", call=call)
    assert len(profile_of(ana).failures) == 1
    assert not SubjectProfile.objects.filter(subject="").exists()


def test_a_wrong_answer_in_nobodys_name_takes_as_many_statements_as_in_hers(ana, call):
    counts = set()
    for subject in (ana.sub, "", ana.sub, ""):
        with CaptureQueriesContext(connection) as asked:
            record_failed_proof(subject=subject, call=call)
        counts.add(len(asked))
    assert len(counts) == 1


def test_an_address_taken_back_is_a_change_of_just_now(ana, call):
    SubjectProfile.objects.filter(subject=ana.sub).update(changed={})
    with unit_of_work():
        journal.record(EMAIL_CHANGE_UNDONE, call=call, subject=ana.sub, payload={"change": 1})
    assert profile_of(ana).changed == {"email": call.now.isoformat()}


def test_a_stranger_who_guesses_does_not_shut_her_out_of_her_own_browser(ana, begin, call):
    first = begin()
    mine = begin(device_id=first.device_id)
    stranger = replace(call, address="198.51.100.9")
    for _ in range(50):
        record_failed_proof(subject=ana.sub, call=stranger)
    assert len(profile_of(ana).failures) == 20
    assert "failures" not in lines(ana, mine, call)[0]
    assert "failures" in lines(ana, begin(), call)[0], "on a new device guesses from anywhere count"


def test_guesses_from_the_very_network_weigh_on_her_own_device_too(ana, begin, call):
    first = begin()
    mine = begin(device_id=first.device_id)
    for _ in range(3):
        record_failed_proof(subject=ana.sub, call=call)
    assert lines(ana, mine, call)[0]["failures"].bits == -1.0


def test_nobody_is_in_madrid_and_in_sydney_within_an_hour(ana, begin, call, seen_at):
    seen_at(MADRID)
    begin()
    assert list_standing(subject=ana.sub) == ()
    seen_at(SYDNEY)
    begin()
    begin()
    assert [each.kind for each in list_standing(subject=ana.sub)] == [RiskKind.IMPOSSIBLE_TRAVEL]


def test_where_no_place_is_known_impossible_travel_is_said_to_be_missing(ana, begin, call, settings):
    settings.GEOIP_DATABASE = ""
    places.forget_atlas()
    line = lines(ana, begin(), call)[0]["impossible_travel"]
    assert line.evidence.missing
    assert line.bits == 0.0


def test_of_an_erased_person_nothing_is_kept(ana, begin, call):
    begin()
    raise_risk(subject=ana.sub, kind=RiskKind.BOT, source="test", call=call)
    Label.objects.create(
        decision_id="evt_1", subject=ana.sub, outcome="done", client_id="shop", confidence=0.9, reported_at=call.now
    )
    close_account(sub=ana.sub, reason="test", call=call)
    erase_account(sub=ana.sub, reason="test", call=call)
    assert profile_of(ana) is None
    assert not RiskFlag.objects.exists()
    assert not Label.objects.exists()


def test_the_crowd_is_everybodys_habits_and_a_decision_names_its_version(ana, begin, call):
    ben = make_customer(call, "ben")
    begin(account=ben)
    session = begin()
    assert learn_population(call=call) == 2
    assert find_crowd().sessions == 2
    _, decision = lines(ana, session, call)
    assert find_decision(decision_id=decision.id).versions["crowd"] == find_crowd().version
