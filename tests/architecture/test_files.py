"""Files and functions stay small, have their own kinds of names, and say what they are."""

import ast
from pathlib import Path

import pytest

from scripts import house
from tests.architecture import walls

EVERYWHERE = (*house.rooms(), *house.OUTSIDE)


@pytest.mark.parametrize("top", EVERYWHERE)
def test_no_file_has_more_than_400_lines(top):
    lengths = {
        house.dotted(path): len(path.read_text(encoding="utf-8").splitlines()) for path in house.python_files(top)
    }
    assert {name: length for name, length in lengths.items() if length > walls.MOST_LINES_IN_A_FILE} == {}


@pytest.mark.parametrize("top", EVERYWHERE)
def test_no_function_has_more_than_40_lines(top):
    found = {
        house.dotted(path): long
        for path in house.python_files(top)
        if (long := walls.long_functions(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_a_long_function_is_noticed_and_one_of_40_lines_is_not():
    body = "    pass\n"
    assert walls.long_functions("def tale():\n" + body * 40) == ["tale: 41 lines"]
    assert walls.long_functions("class A:\n  def tale():\n" + body * 39) == []


@pytest.mark.parametrize("top", EVERYWHERE)
def test_no_file_has_a_name_that_says_nothing(top):
    assert [house.dotted(path) for path in house.python_files(top) if is_nameless(path)] == []


def is_nameless(path: Path) -> bool:
    return path.stem in walls.FORBIDDEN_FILES


def test_a_name_that_says_nothing_is_noticed():
    assert is_nameless(house.ROOT / "accounts" / "utils.py")
    assert not is_nameless(house.ROOT / "accounts" / "services.py")


@pytest.mark.parametrize("room", house.rooms())
def test_a_room_says_what_it_is_in_at_most_8_lines_and_does_nothing_else_there(room):
    tree = ast.parse((house.ROOT / room / "__init__.py").read_text(encoding="utf-8"))
    assert 0 < len(house.purpose(room).splitlines()) <= walls.MOST_LINES_ABOUT_A_ROOM
    assert len(tree.body) == 1
