"""With many deeds at once: sequence is commit order, nothing is missing, nobody waits in a circle."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection

from audit import journal, services
from audit.models import Event, Pending, Seal, SubjectKey
from audit.queries import get_seq, list_personal
from kit.unit_of_work import unit_of_work
from tests.services.audit.conftest import FACT, SIGHT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("react")]
WRITERS = 50


@pytest.fixture(autouse=True)
def _only_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture
def at_once() -> Callable[..., list]:
    """Run one task per argument, all at once, each in a thread with a connection of its own."""

    def run(task, arguments) -> list:
        def alone(argument):
            try:
                return task(argument)
            finally:
                connection.close()

        arguments = list(arguments)
        with ThreadPoolExecutor(len(arguments)) as pool:
            return list(pool.map(alone, arguments))

    return run


def test_fifty_writers_about_one_subject_leave_a_sequence_without_gap_or_double(at_once, call):
    def write(number):
        with unit_of_work():
            journal.record(SIGHT, call=call, subject="ana")
            lines = [journal.record(FACT, call=call, subject="ana", payload={"writer": number}) for _ in range(3)]
        return [line.seq for line in lines]

    taken = at_once(write, range(WRITERS))
    assert sorted(seq for seqs in taken for seq in seqs) == list(range(1, 3 * WRITERS + 1))
    assert all(later == earlier + 1 for seqs in taken for earlier, later in pairwise(seqs))
    assert get_seq(subject="ana") == 3 * WRITERS
    waiting = list(Pending.objects.filter(subject="ana").order_by("seq").values_list("seq", flat=True))
    assert waiting == list(range(1, 3 * WRITERS + 1))
    by_row = Event.objects.filter(type=FACT.name).order_by("id").values_list("seq", flat=True)
    assert list(by_row) == waiting


def test_what_a_reader_sees_is_always_the_beginning_of_the_sequence(at_once, call):
    """A later number never shows before an earlier one: received order is commit order."""
    done = threading.Event()
    seen = []

    def look():
        try:
            while not done.is_set():
                seen.append(list(Pending.objects.filter(subject="ana").order_by("seq").values_list("seq", flat=True)))
        finally:
            connection.close()

    def write(number):
        for _ in range(3):
            with unit_of_work() as unit:
                journal.record(FACT, call=call, subject="ana")
                unit.before_commit("dawdle", 99, lambda: time.sleep(0.002 * (number % 3)))

    reader = threading.Thread(target=look)
    reader.start()
    at_once(write, range(WRITERS))
    done.set()
    reader.join()
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seen)
    assert len({len(numbers) for numbers in seen}) > 5, "the reader looked while the writers wrote"


def test_deeds_that_touch_two_subjects_in_either_order_never_wait_in_a_circle(at_once, call):
    def write(number):
        subjects = ("ana", "ben") if number % 2 else ("ben", "ana")
        with unit_of_work() as unit:
            for subject in subjects:
                journal.record(FACT, call=call, subject=subject, personal={"number": number})
            unit.before_commit("dawdle", 99, lambda: time.sleep(0.002))

    at_once(write, range(WRITERS))
    for subject in ("ana", "ben"):
        waiting = Pending.objects.filter(subject=subject).order_by("seq").values_list("seq", flat=True)
        assert list(waiting) == list(range(1, WRITERS + 1))


def test_deeds_that_fail_among_others_leave_no_gap(at_once, call):
    def write(number):
        try:
            with unit_of_work() as unit:
                journal.record(FACT, call=call, subject="ana")
                if number % 3 == 0:
                    unit.before_commit("fail", 99, lambda: 1 / 0)
        except ZeroDivisionError:
            return 0
        return 1

    written = sum(at_once(write, range(WRITERS)))
    waiting = Pending.objects.filter(subject="ana").order_by("seq").values_list("seq", flat=True)
    assert list(waiting) == list(range(1, written + 1))


def test_the_first_personal_values_of_a_subject_share_one_key(at_once, call):
    def write(number):
        with unit_of_work():
            journal.record(SIGHT, call=call, subject="ana", personal={"number": number})

    at_once(write, range(20))
    assert SubjectKey.objects.filter(subject="ana").count() == 1
    values = list_personal(list(Event.objects.all()))
    assert sorted(value["number"] for value in values.values()) == list(range(20))


def test_an_erasure_among_writers_leaves_nothing_readable_and_nobody_waiting(at_once, call):
    def act(number):
        with unit_of_work() as unit:
            if number == 10:
                services.erase_subject_key(subject="ana", call=call)
            else:
                journal.record(FACT, call=call, subject="ana", personal={"number": number})
            unit.before_commit("dawdle", 99, lambda: time.sleep(0.002))

    at_once(act, range(30))
    assert list_personal(list(Event.objects.all())) == {}


def test_sealers_and_writers_at_once_seal_every_fact_exactly_once(at_once, call, findings):
    def act(number):
        for _ in range(5):
            if number % 5 == 0:
                services.seal_journal(call=call, limit=7)
            else:
                with unit_of_work():
                    journal.record(FACT, call=call, subject=f"subject-{number % 4}")

    at_once(act, range(25))
    while services.seal_journal(call=call):
        pass
    assert Event.objects.count() == 100
    assert sum(Seal.objects.values_list("events", flat=True)) == 100
    assert findings() == []


def test_a_verification_among_writers_and_sealers_raises_no_false_alarm(at_once, call, findings):
    def act(number):
        if number == 0:
            return [finding for _ in range(10) for finding in findings()]
        for _ in range(5):
            if number % 5 == 0:
                services.seal_journal(call=call, limit=7)
            with unit_of_work():
                journal.record(FACT, call=call, subject=f"subject-{number % 4}")
        return []

    assert [finding for said in at_once(act, range(20)) for finding in said] == []
