"""Personal values open for whoever may read them until the subject's key is erased, then for nobody."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import journal, services
from audit.models import Event, SubjectKey
from audit.queries import list_events, list_personal, read_personal
from kit import crypto
from kit.unit_of_work import unit_of_work
from tests.services.audit.conftest import FACT, SIGHT, rows

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
EMAIL = {"email": "ana@people.example"}


def test_a_personal_value_is_stored_encrypted_and_can_be_read(note):
    note(personal=EMAIL)
    (event,) = rows()
    assert b"ana@people" not in bytes(event.personal or b"")
    assert read_personal(event) == EMAIL


def test_a_fact_without_personal_values_has_none(note):
    note()
    assert read_personal(rows()[0]) is None
    assert not SubjectKey.objects.exists()


def test_a_personal_value_moved_to_another_fact_does_not_open(note, tamper):
    one, other = note(personal=EMAIL), note(personal={"email": "old@people.example"})
    tamper(
        "UPDATE audit_event SET personal = (SELECT personal FROM audit_event WHERE event_id = %s) WHERE event_id = %s",
        one.event_id,
        other.event_id,
    )
    assert read_personal(Event.objects.get(event_id=one.event_id)) == EMAIL
    assert read_personal(Event.objects.get(event_id=other.event_id)) is None


def test_two_subjects_have_two_keys_each_wrapped_for_its_own_row(note):
    note("ana", personal=EMAIL), note("ben", personal=EMAIL)
    ana, ben = (SubjectKey.objects.get(subject=subject) for subject in ("ana", "ben"))
    with pytest.raises(crypto.CannotUnwrap):
        crypto.unwrap(bytes(ana.wrapped or b""), context=f"subject-key:{ben.subject}")


def test_personal_values_of_a_page_are_read_with_one_question(note):
    for number in range(5):
        note(personal={"number": number})
    page = list_events(subject="ana")
    with CaptureQueriesContext(connection) as asked:
        values = list_personal(page)
    assert [values[event.event_id]["number"] for event in page] == [4, 3, 2, 1, 0]
    assert len(asked) == 1


def test_a_known_subject_costs_one_question_more_than_a_fact_without_personal_values(note):
    note(personal=EMAIL)
    with CaptureQueriesContext(connection) as asked:
        note(personal=EMAIL)
    assert len([each for each in asked if "SAVEPOINT" not in each["sql"]]) == 4


def test_after_erasure_nothing_personal_about_the_subject_can_be_read(note, call):
    note(personal=EMAIL), note("ben", personal={"email": "ben@people.example"})
    assert services.erase_subject_key(subject="ana", call=call) is True
    ana, ben = rows(type=FACT.name)
    assert read_personal(ana) is None
    assert read_personal(ben) == {"email": "ben@people.example"}
    assert SubjectKey.objects.get(subject="ana").wrapped is None


def test_an_erasure_is_recorded_once(call, note):
    note(personal=EMAIL)
    assert services.erase_subject_key(subject="ana", call=call) is True
    assert services.erase_subject_key(subject="ana", call=call) is False
    assert [row.type for row in rows()] == [FACT.name, "subject.key_erased"]


def test_the_seals_still_hold_after_an_erasure(sealed, call, findings):
    services.erase_subject_key(subject="ana", call=call)
    assert services.seal_journal(call=call)
    assert findings() == []


def test_no_new_key_is_made_for_an_erased_subject(note, call):
    services.erase_subject_key(subject="ana", call=call)
    note(personal=EMAIL)
    (event,) = rows(type=FACT.name)
    assert event.personal is None


def test_a_subject_that_never_had_a_key_can_be_erased_too(note, call):
    note()
    assert services.erase_subject_key(subject="ana", call=call) is True
    assert services.erase_subject_key(subject="ana", call=call) is False


def test_a_personal_value_recorded_in_the_erasing_deed_is_not_kept(call):
    with unit_of_work():
        journal.record(SIGHT, call=call, subject="ana", personal=EMAIL)
        services.erase_subject_key(subject="ana", call=call)
        journal.record(SIGHT, call=call, subject="ana", personal=EMAIL)
    assert {bool(row.personal) for row in rows()} == {False}


def test_an_erasure_that_is_rolled_back_erased_nothing(note, call):
    note(personal=EMAIL)
    with pytest.raises(ZeroDivisionError), unit_of_work():
        services.erase_subject_key(subject="ana", call=call)
        raise ZeroDivisionError
    assert read_personal(rows()[0]) == EMAIL
