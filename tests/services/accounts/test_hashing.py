"""Passwords are hashed one at a time, apart from what serves, and a crowd is turned away before it fills the house."""

import os
import sys
import threading

import pytest

from accounts import hashers
from accounts.errors import SignInBusy
from accounts.hashers import PasswordHasher

PASSWORD = "correct horse battery staple"


@pytest.fixture
def room_for_two(monkeypatch):
    room = threading.BoundedSemaphore(2)
    monkeypatch.setattr(hashers, "_room", lambda: room)


def test_it_is_argon2id_at_the_cost_that_is_written_out(hashed_at_full_cost):
    hasher = PasswordHasher()
    stored = hasher.encode(PASSWORD, "saltsaltsalt")
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.verify(PASSWORD, stored)
    assert not hasher.verify("another password", stored)


def test_whoever_finds_the_room_full_is_turned_away_at_once_and_the_next_one_gets_in(room_for_two):
    begun, go_on = threading.Event(), threading.Event()

    def hash_slowly() -> bool:
        begun.set()
        return go_on.wait(10)

    waiting = [threading.Thread(target=hashers._one_at_a_time, args=(hash_slowly,)) for _ in range(2)]
    for thread in waiting:
        thread.start()
    begun.wait(10)
    while hashers._room()._value:  # the second one is on its way in
        pass
    with pytest.raises(SignInBusy):
        PasswordHasher().encode(PASSWORD, "saltsaltsalt")
    go_on.set()
    for thread in waiting:
        thread.join()
    assert PasswordHasher().encode(PASSWORD, "saltsaltsalt")


def test_an_error_while_hashing_reaches_its_caller_and_leaves_room(room_for_two):
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            hashers._one_at_a_time(lambda: 1 // 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
def test_hashing_gives_way_to_everything_else():
    own = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    hashing = hashers._one_at_a_time(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    assert hashing == max(own, 5)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == own
