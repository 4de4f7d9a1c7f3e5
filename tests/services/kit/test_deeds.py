"""One deed is one transaction; a deed called by a deed joins it."""

import threading

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from kit.refusal import NotAllowed
from kit.unit_of_work import current_unit_of_work, deed, observation, unit_of_work

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def write(name: str) -> None:
    """Some row of some table: which one does not matter here."""
    ContentType.objects.create(app_label="kit", model=name)


def written() -> set[str]:
    return set(ContentType.objects.filter(app_label="kit").values_list("model", flat=True))


def test_a_deed_called_by_a_deed_joins_its_unit_of_work():
    seen = []

    @deed
    def inner():
        seen.append(current_unit_of_work())

    @deed
    def outer():
        seen.append(current_unit_of_work())
        inner()

    outer()
    outer()
    assert seen[0] is seen[1]
    assert seen[2] is seen[3]
    assert seen[0] is not seen[2]


def test_finishers_wait_for_the_outermost_deed():
    ran = []

    @deed
    def inner():
        current_unit_of_work().before_commit("x", 1, lambda: ran.append("finished"))

    @deed
    def outer():
        inner()
        ran.append("outer goes on")

    outer()
    assert ran == ["outer goes on", "finished"]


def test_a_deed_that_raises_leaves_nothing_and_runs_no_finisher():
    ran = []

    @deed
    def refuse():
        current_unit_of_work().before_commit("x", 1, lambda: ran.append("finished"))
        write("body")
        raise NotAllowed

    with pytest.raises(NotAllowed):
        refuse()
    assert written() == set()
    assert ran == []


def test_a_finisher_that_fails_rolls_the_whole_deed_back():
    def fail():
        write("finisher")
        raise ZeroDivisionError

    @deed
    def act():
        write("body")
        current_unit_of_work().before_commit("x", 1, fail)

    with pytest.raises(ZeroDivisionError):
        act()
    assert written() == set()


def test_an_inner_deed_that_raises_ends_the_outer_one_with_it():
    @deed
    def inner():
        write("inner")
        raise NotAllowed

    @deed
    def outer():
        write("outer")
        inner()

    with pytest.raises(NotAllowed):
        outer()
    assert written() == set()


def test_after_a_deed_failed_the_next_one_begins_afresh():
    with pytest.raises(NotAllowed), unit_of_work() as failed:
        raise NotAllowed
    with pytest.raises(RuntimeError):
        current_unit_of_work()
    with unit_of_work() as fresh:
        assert fresh is not failed
        assert fresh.notes == {}


def test_what_runs_after_the_commit_may_be_a_deed_of_its_own(django_capture_on_commit_callbacks):
    units = []

    @deed
    def later():
        units.append(current_unit_of_work())

    @deed
    def act():
        units.append(current_unit_of_work())
        transaction.on_commit(later)

    with django_capture_on_commit_callbacks(execute=True):
        act()
    assert units[0] is not units[1]


def test_another_thread_has_no_part_in_the_open_deed():
    found = []

    def look():
        with pytest.raises(RuntimeError):
            current_unit_of_work()
        found.append("none")

    with unit_of_work():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == ["none"]


def test_a_deed_keeps_its_name_and_answers_what_it_returns():
    @deed
    def act(*, word: str) -> str:
        """Say it."""
        return word

    assert act(word="done") == "done"
    assert (act.__name__, act.__doc__) == ("act", "Say it.")


def test_an_observation_opens_no_transaction():
    inside = []

    @observation
    def look(*, call):
        inside.append(connection.in_atomic_block)
        assert current_unit_of_work().is_observation

    before = connection.in_atomic_block
    look(call=None)
    assert inside == [before]


def test_an_observation_made_in_a_deed_is_part_of_it():
    @observation
    def look():
        assert not current_unit_of_work().is_observation
        write("seen")

    @deed
    def give_up():
        look()
        raise NotAllowed

    with pytest.raises(NotAllowed):
        give_up()
    assert written() == set()
