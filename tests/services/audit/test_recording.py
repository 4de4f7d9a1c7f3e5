"""Every fact is written once, in the transaction of the state it describes."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import journal
from audit.models import Event, Pending, SubjectHead
from audit.queries import get_seq, list_events
from kit.call import Caller, CallerKind
from kit.unit_of_work import unit_of_work
from tests.services.audit.conftest import FACT, SIGHT, rows

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite, pytest.mark.usefixtures("react")]


def test_a_fact_keeps_who_did_it_where_and_when(call):
    ana = Caller(kind=CallerKind.BROWSER, subject="ana", sid="s-1", client_id="shop")
    call = replace(call, caller=ana, channel="web", journey="j-1", trace_id="t-1")
    with unit_of_work():
        line = journal.record(FACT, call=call, subject="ana", payload={"method": "totp"})
    event = Event.objects.get(event_id=line.event_id)
    assert (event.type, event.actor, event.subject, event.seq) == ("test.happened", "account:ana", "ana", 1)
    assert (event.client, event.channel, event.session) == ("shop", "web", "s-1")
    assert (event.journey, event.trace_id, event.payload) == ("j-1", "t-1", {"method": "totp"})
    assert (event.recorded_at, event.occurred_at, event.seal) == (call.now, call.now, None)


def test_what_the_fact_says_of_itself_comes_before_what_its_caller_carries(call, later):
    call = replace(call, caller=Caller(kind=CallerKind.CLIENT, sid="s-1", client_id="shop"), channel="web")
    long_ago = later(days=-3).now
    with unit_of_work():
        journal.record(
            FACT, call=call, subject="ana", session="s-2", client="help", channel="chat", occurred_at=long_ago
        )
    (event,) = rows()
    assert (event.session, event.client, event.channel) == ("s-2", "help", "chat")
    assert (event.occurred_at, event.recorded_at) == (long_ago, call.now)


def test_a_deed_with_one_deliverable_fact_asks_the_database_three_times(note):
    note()
    with CaptureQueriesContext(connection) as asked:
        note()
    statements = [each["sql"].split()[:3] for each in asked if "SAVEPOINT" not in each["sql"]]
    assert [" ".join(words).replace('"', "") for words in statements] == [
        "INSERT INTO audit_subjecthead",
        "INSERT INTO audit_event",
        "INSERT INTO audit_pending",
    ]


def test_a_deed_with_many_facts_about_many_subjects_asks_no_more_often(call):
    with CaptureQueriesContext(connection) as asked, unit_of_work():
        for subject in ("ana", "ben", "cleo") * 4:
            journal.record(FACT, call=call, subject=subject)
            journal.record(SIGHT, call=call, subject=subject)
    assert len([each for each in asked if "SAVEPOINT" not in each["sql"]]) == 3


def test_deliverable_facts_are_numbered_by_subject_and_wait_for_fan_out(call):
    with unit_of_work():
        lines = [journal.record(FACT, call=call, subject=subject) for subject in ("ben", "ana", "ben")]
    with unit_of_work():
        lines.append(journal.record(FACT, call=call, subject="ben"))
    assert [(line.subject, line.seq) for line in lines] == [("ben", 1), ("ana", 1), ("ben", 2), ("ben", 3)]
    assert list(Pending.objects.order_by("id").values_list("subject", "seq", "event_id")) == [
        (line.subject, line.seq, line.event_id) for line in lines
    ]
    assert (get_seq(subject="ben"), get_seq(subject="ana"), get_seq(subject="cleo")) == (3, 1, 0)


def test_an_observation_has_no_number_and_is_never_delivered(note):
    assert note("ana", SIGHT).seq is None
    assert not Pending.objects.exists()
    assert not SubjectHead.objects.exists()


def test_outside_a_deed_nothing_can_be_recorded(call):
    with pytest.raises(RuntimeError, match="from a deed"):
        journal.record(SIGHT, call=call)


def test_a_deed_that_fails_leaves_nothing(call):
    with pytest.raises(ZeroDivisionError), unit_of_work():
        journal.record(FACT, call=call, subject="ana", personal={"email": "ana@people.example"})
        raise ZeroDivisionError
    assert not Event.objects.exists()
    assert not Pending.objects.exists()
    assert get_seq(subject="ana") == 0


def test_the_number_of_a_deed_that_failed_is_given_to_the_next(call, note):
    note()
    with pytest.raises(ZeroDivisionError), unit_of_work() as unit:
        journal.record(FACT, call=call, subject="ana")
        unit.before_commit("fails late", 99, lambda: 1 / 0)
    assert note().seq == 2


@pytest.mark.parametrize("more", [{"type": FACT}, {"type": SIGHT, "personal": {"email": "ana@people.example"}}])
def test_a_deliverable_fact_and_a_personal_value_need_a_subject(note, more):
    with pytest.raises(ValueError, match="needs a subject"):
        note("", **more)


def test_a_subject_is_never_cut(note):
    with pytest.raises(ValueError, match="more than 64"):
        note("x" * 65)


@pytest.mark.parametrize("part", ["payload", "personal"])
def test_what_is_not_json_is_refused_where_it_is_recorded_not_at_the_commit(call, part):
    values: dict[str, Any] = {part: {"at": call.now}}
    with unit_of_work(), pytest.raises(TypeError, match=rf"{part}\.at"):
        journal.record(FACT, call=call, subject="ana", **values)
    assert not Event.objects.exists()


def test_bytes_no_database_stores_never_break_a_deed(call):
    bad = "a\x00b\ud800" + "x" * 400
    caller = Caller(kind=CallerKind.CLIENT, client_id=bad, sid=bad, agent=bad)
    call = replace(call, caller=caller, channel=bad, journey=bad, trace_id=bad)
    with unit_of_work():
        journal.record(FACT, call=call, subject="ana", payload={bad: [bad]}, personal={"name": bad})
    (event,) = rows()
    assert event.client.startswith("a\ufffdb\ufffdxxx")
    assert next(iter(event.payload.values()))[0].startswith("a\ufffdb\ufffdxxx")


def test_what_a_deed_does_with_its_own_values_later_does_not_change_the_fact(call):
    payload = {"list": ["before"]}
    with unit_of_work():
        journal.record(SIGHT, call=call, payload=payload)
        payload["list"].append("after")
    assert rows()[0].payload == {"list": ["before"]}


def test_a_reaction_runs_in_the_transaction_of_the_fact(react, note):
    react({FACT: (lambda line: ContentType.objects.create(app_label="audit", model=line.subject),)})
    note("ana")
    assert ContentType.objects.filter(app_label="audit", model="ana").exists()


def test_a_reaction_that_fails_rolls_the_deed_back(react, call):
    def fail(line):
        raise ZeroDivisionError

    react({FACT: (fail,)})
    with pytest.raises(ZeroDivisionError), unit_of_work():
        ContentType.objects.create(app_label="audit", model="state")
        journal.record(FACT, call=call, subject="ana")
    assert not ContentType.objects.filter(app_label="audit", model="state").exists()
    assert not Event.objects.exists()


def test_facts_that_reactions_record_are_written_numbered_and_reacted_to(react, call):
    reacted = []

    def observe(line):
        reacted.append(line.type.name)
        journal.record(SIGHT, call=line.call, subject=line.subject)
        journal.record(FACT, call=line.call, subject="ben")

    react(
        {FACT: (lambda line: line.subject == "ana" and observe(line),), SIGHT: (lambda line: reacted.append("seen"),)}
    )
    with unit_of_work():
        journal.record(FACT, call=call, subject="ana")
    assert [(row.type, row.subject, row.seq) for row in rows()] == [
        ("test.happened", "ana", 1),
        ("test.seen", "ana", None),
        ("test.happened", "ben", 1),
    ]
    assert reacted == ["test.happened", "seen"]


def test_a_fact_that_a_late_finisher_records_is_written_and_reacted_to(react, call):
    reacted = []
    react({SIGHT: (lambda line: reacted.append("seen"),)})
    with unit_of_work() as unit:
        journal.record(FACT, call=call, subject="ana")
        unit.before_commit("late", 50, lambda: journal.record(SIGHT, call=call))
    assert [row.type for row in rows()] == ["test.happened", "test.seen"]
    assert reacted == ["seen"]


def test_a_deed_called_by_a_deed_writes_its_facts_with_it(call, note):
    with unit_of_work():
        first = journal.record(FACT, call=call, subject="ana")
        second = note("ana")
        assert not Event.objects.exists()
    assert (first.seq, second.seq) == (1, 2)


def test_the_facts_about_a_subject_are_listed_newest_first_by_type_and_page(note):
    for type in (FACT, SIGHT, FACT):
        note("ana", type)
    note("ben")
    listed = list_events(subject="ana")
    assert [(row.type, row.seq) for row in listed] == [("test.happened", 2), ("test.seen", None), ("test.happened", 1)]
    assert [row.seq for row in list_events(subject="ana", types=[FACT])] == [2, 1]
    assert [row.pk for row in list_events(subject="ana", limit=1)] == [listed[0].pk]
    assert [row.pk for row in list_events(subject="ana", before=listed[0].pk)] == [listed[1].pk, listed[2].pk]
