"""What is registered for the end of a deed runs in order, once, and only inside a deed."""

import pytest

from kit.unit_of_work import UnitOfWork, current_unit_of_work


@pytest.fixture
def unit():
    return UnitOfWork()


@pytest.fixture
def ran():
    return []


def test_finishers_run_in_their_order_not_in_that_of_registration(unit, ran):
    unit.before_commit("last", 20, lambda: ran.append("last"))
    unit.before_commit("first", 0, lambda: ran.append("first"))
    unit.before_commit("middle", 10, lambda: ran.append("middle"))
    unit._finish()
    assert ran == ["first", "middle", "last"]


def test_a_finisher_registered_twice_runs_once(unit, ran):
    unit.before_commit("journal", 10, lambda: ran.append("one"))
    unit.before_commit("journal", 10, lambda: ran.append("two"))
    unit._finish()
    assert ran == ["one"]


def test_a_finisher_that_another_one_registers_still_runs_before_later_ones(unit, ran):
    def react():
        ran.append("reactions")
        unit.before_commit("early", 5, lambda: ran.append("early"))

    unit.before_commit("late", 20, lambda: ran.append("late"))
    unit.before_commit("reactions", 10, react)
    unit._finish()
    assert ran == ["reactions", "early", "late"]


def test_a_finisher_that_is_registered_again_after_it_ran_runs_again(unit, ran):
    def journal():
        ran.append("journal")

    def revocations():
        ran.append("revocations")
        unit.before_commit("journal", 10, journal)

    unit.before_commit("journal", 10, journal)
    unit.before_commit("revocations", 20, revocations)
    unit._finish()
    assert ran == ["journal", "revocations", "journal"]


def test_outside_a_deed_there_is_no_unit_of_work():
    with pytest.raises(RuntimeError, match="from a deed"):
        current_unit_of_work()
