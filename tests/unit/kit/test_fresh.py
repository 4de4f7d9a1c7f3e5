"""Knowledge in a process is never older than it may be, and is asked for once."""

import threading
import time

import pytest

from kit import fresh
from kit.fresh import Fresh, FreshByKey


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


@pytest.fixture
def read():
    """What was asked for, in order."""
    return []


@pytest.fixture
def by_key(read):
    """Values by key; nobody knows `nobody`."""
    return FreshByKey(lambda key: read.append(key) or (None if key == "nobody" else key.upper()), seconds=0.5, most=3)


def test_each_key_has_its_own_age(clock, by_key, read):
    assert (by_key.get("ana"), by_key.get("ben")) == ("ANA", "BEN")
    clock.now += 0.4
    by_key.get("cid")
    clock.now += 0.1
    assert (by_key.get("ana"), by_key.get("cid")) == ("ANA", "CID")
    assert read == ["ana", "ben", "cid", "ana"]


def test_a_key_that_nobody_knows_is_asked_for_each_time_and_takes_no_room(clock, by_key, read):
    for _ in range(10):
        assert by_key.get("nobody") is None
    assert read == ["nobody"] * 10
    assert len(by_key._kept) == 0


def test_a_key_that_is_gone_is_gone_after_its_time(clock, read):
    there = {"ana": 1}
    values = FreshByKey(there.get, seconds=0.5)
    values.get("ana")
    there.clear()
    assert values.get("ana") == 1
    clock.now += 0.5
    assert values.get("ana") is None


def test_no_more_keys_are_kept_than_fit(clock, by_key):
    for number in range(50):
        by_key.get(f"key-{number}")
    assert len(by_key._kept) <= 3


def test_what_is_forgotten_while_it_is_read_is_not_remembered(clock):
    def forget_meanwhile(key: str) -> str:
        values.forget()
        return "old"

    values: FreshByKey[str, str] = FreshByKey(forget_meanwhile, seconds=0.5)
    assert values.get("ana") == "old"
    assert len(values._kept) == 0
