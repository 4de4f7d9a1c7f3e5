"""Knowledge in a process is never older than it may be, and is asked for once."""

import threading
import time

import pytest

from kit import fresh
from kit.fresh import Fresh


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(fresh, "time", clock)
    return clock


@pytest.fixture
def numbers():
    """A value that counts how often it was read."""
    return Fresh(lambda last: (last or 0) + 1, seconds=1.0)


def test_a_value_is_read_once_while_it_is_fresh(clock, numbers):
    assert numbers.get() == 1
    clock.now += 0.999
    assert numbers.get() == 1


def test_a_value_that_is_a_second_old_is_read_again_and_the_reader_gets_the_last_one(clock, numbers):
    numbers.get()
    clock.now += 1.0
    assert numbers.get() == 2


def test_a_question_may_ask_for_a_fresher_value(clock, numbers):
    numbers.get()
    clock.now += 0.1
    assert numbers.get(seconds=0.1) == 2
    assert numbers.get(seconds=0.1) == 2


def test_the_time_that_reading_takes_counts_as_age(clock):
    def read(last: int | None) -> int:
        clock.now += 0.7
        return (last or 0) + 1

    slow = Fresh(read, seconds=1.0)
    assert slow.get() == 1
    clock.now += 0.4
    assert slow.get() == 2


def test_a_forgotten_value_is_read_again_from_nothing(clock, numbers):
    numbers.get()
    numbers.forget()
    assert numbers.get() == 1


def test_a_reading_that_fails_leaves_the_next_one_to_try(clock):
    answers = iter([7])
    failures = iter([ValueError("down")])

    def read(last: int | None) -> int:
        for failure in failures:
            raise failure
        return next(answers)

    value = Fresh(read, seconds=1.0)
    with pytest.raises(ValueError, match="down"):
        value.get()
    assert value.get() == 7


def test_threads_that_ask_together_make_one_reading():
    readings = []

    def read(last: int | None) -> int:
        readings.append(1)
        time.sleep(0.05)
        return len(readings)

    value = Fresh(read, seconds=60.0)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(value.get())) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 10
    assert len(readings) == 1


def test_forgetting_outlasts_a_reading_in_progress():
    started, go_on = threading.Event(), threading.Event()
    answers = iter(["old", "new"])

    def read(last: str | None) -> str:
        answer = next(answers)
        if answer == "old":
            started.set()
            assert go_on.wait(5)
        return answer

    value = Fresh(read, seconds=60.0)
    reader = threading.Thread(target=value.get)
    reader.start()
    assert started.wait(5)
    forgetter = threading.Thread(target=value.forget)
    forgetter.start()
    go_on.set()
    reader.join()
    forgetter.join()
    assert value.get() == "new"
