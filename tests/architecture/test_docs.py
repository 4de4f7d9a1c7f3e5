"""The documents say what the code says."""

import re

import pytest

from scripts import generate_docs, house
from tests.architecture.test_reactions import graph, reactions, rooms_entered

ARCHITECTURE = (house.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading of docs/architecture.md."""
    section = ARCHITECTURE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("path", generate_docs.SECTIONS, ids=lambda path: path.name)
def test_no_generated_list_is_out_of_date(path):
    text = path.read_text(encoding="utf-8")
    is_fresh = generate_docs.fill(text, generate_docs.SECTIONS[path]) == text
    assert is_fresh, "run: python -m scripts.generate_docs"


def test_a_generated_list_that_was_edited_is_made_anew():
    edited = "before\n<!-- generated:events -->\nold\n<!-- end -->\nafter\n"
    assert generate_docs.fill(edited, {"events": lambda: "new\n"}) == edited.replace("old", "new")


def test_the_check_names_the_document_that_is_out_of_date_and_leaves_it_alone(tmp_path, monkeypatch, capsys):
    page = tmp_path / "events.md"
    page.write_text("<!-- generated:events -->\nold\n<!-- end -->\n", encoding="utf-8")
    monkeypatch.setattr(house, "ROOT", tmp_path)
    monkeypatch.setattr(generate_docs, "SECTIONS", {page: {"events": lambda: "new\n"}})

    assert generate_docs.main(["--check"]) == 1
    assert capsys.readouterr().err == "events.md is out of date: run python -m scripts.generate_docs\n"
    assert "old" in page.read_text(encoding="utf-8")

    assert generate_docs.main([]) == 0
    assert generate_docs.main(["--check"]) == 0


def test_a_document_without_the_place_for_its_list_is_refused():
    with pytest.raises(generate_docs.MissingSection, match="events"):
        generate_docs.fill("nothing here", {"events": str})


def test_the_kinds_of_files_are_those_of_the_contract():
    assert [quoted(row[0]) for row in table("The same kinds of file in every room")] == house.kinds()


def test_the_reactions_are_those_of_the_code():
    written = {
        event: set(quoted(row[1])) for row in table("Reactions: the one controlled climb") for event in quoted(row[0])
    }
    assert written == {
        event: {room for reaction in row for room in rooms_entered(graph(), reaction)}
        for event, row in reactions().items()
    }


def test_the_public_files_are_those_of_the_walls():
    sentence = re.search(r"Other rooms enter only through (.*?)\.\s", ARCHITECTURE, re.DOTALL)
    assert sentence
    also = [f"{room}.{file}" for room, files in house.ALSO_PUBLIC.items() for file in files]
    assert quoted(sentence[1]) == [*house.PUBLIC_FILES, *also]


def test_every_check_the_document_names_exists():
    named = re.findall(r"`((?:tests|scripts|docs|config)/[^`*]*\.(?:py|md))`", ARCHITECTURE)
    assert named
    assert [path for path in named if not (house.ROOT / path).exists()] == []


def test_every_stop_of_the_walk_exists():
    walk = ARCHITECTURE.split("\n## The walk\n", 1)[1].split("```")[1]
    stops = re.findall(rf"(?<![/\w])((?:{'|'.join(house.rooms())})/\w+)", walk)
    assert stops
    assert [stop for stop in stops if not list(house.ROOT.glob(f"{stop}*"))] == []
