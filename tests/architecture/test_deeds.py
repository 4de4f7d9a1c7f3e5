"""A deed is one public function and one transaction, told who calls; a question never writes."""

import pytest

from scripts import house
from tests.architecture import walls

# Public functions of services that are no deed of their own, each with the reason.
NO_DEEDS: dict[str, str] = {}


def sources(file: str) -> dict[str, str]:
    """The source of every room's file of that kind, or of each file of the package it became."""
    return {
        house.dotted(path): path.read_text(encoding="utf-8")
        for path in house.python_files()
        if path.relative_to(house.ROOT).with_suffix("").parts[1] == file
    }


def test_every_public_service_is_a_deed():
    found = {
        f"{module}.{name}"
        for module, source in sources("services").items()
        for name in walls.services_that_are_no_deeds(source)
    }
    assert found == set(NO_DEEDS)


def test_every_deed_is_keyword_only_and_takes_its_call():
    found = {
        house.dotted(path): unfit
        for path in house.python_files()
        if (unfit := walls.unfit_deeds(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_no_question_writes():
    found = {name: calls for name, source in sources("queries").items() if (calls := walls.writing_calls(source))}
    assert found == {}


@pytest.mark.parametrize(
    ("source", "violations"),
    [
        ("@deed\ndef close(sub, *, call): ...", ["close takes arguments by position"]),
        ("@deed\ndef close(*, sub): ...", ["close does not take call"]),
        (
            "@unit_of_work.deed\ndef close(*subs): ...",
            ["close takes arguments by position", "close does not take call"],
        ),
        ("@deed\ndef close(*, sub, call): ...", []),
        ("def _read(row): ...", []),
    ],
)
def test_an_unfit_deed_is_noticed(source, violations):
    assert walls.unfit_deeds(source) == violations


def test_a_service_without_a_transaction_is_noticed():
    assert walls.services_that_are_no_deeds("def close(): ...\n@deed\ndef open(): ...\ndef _find(): ...") == ["close"]


def test_a_question_that_writes_is_noticed():
    source = "Account.objects.filter(sub=sub).update(name='')\nrow.save()\nseen.update(sub=1)\ncache.delete(sub)"
    assert walls.writing_calls(source) == ["line 1: update()", "line 2: save()"]
