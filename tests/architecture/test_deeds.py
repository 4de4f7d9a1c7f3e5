"""A deed is one public function and one transaction, told who calls; a question never writes."""

import pytest

from scripts import house
from tests.architecture import walls

# Public functions of services that are no deed of their own, each with the reason. There is none.
NO_DEEDS: dict[str, str] = {}


def sources(file: str) -> dict[str, str]:
    """The source of every room's file of that kind, or of each file of the package it became."""
    return {
        house.dotted(path): path.read_text(encoding="utf-8")
        for path in house.python_files()
        if path.relative_to(house.ROOT).with_suffix("").parts[1] == file
    }


def offered_by(module: str, texts: dict[str, str]) -> list[str] | None:
    """The names that the package around a module of services passes on; None when it is no package."""
    package = ".".join(module.split(".")[:2])
    is_package = any(name.startswith(f"{package}.") for name in texts)
    return [name.rpartition(".")[2] for name in walls.imported_names(texts[package])] if is_package else None


def test_every_public_service_is_a_deed():
    texts = sources("services")
    found = {
        f"{module}.{name}"
        for module, source in texts.items()
        for name in walls.services_that_are_no_deeds(source, offered_by(module, texts))
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


def test_what_a_package_keeps_to_itself_needs_no_transaction_of_its_own():
    texts = {
        "accounts.services": "from accounts.services.roles import give",
        "accounts.services.roles": "def give(): ...\ndef swap(): ...",
        "keyring.services": "def rotate(): ...",
    }
    offered = offered_by("accounts.services.roles", texts)
    assert walls.services_that_are_no_deeds(texts["accounts.services.roles"], offered) == ["give"]
    assert offered_by("keyring.services", texts) is None


def test_a_question_that_writes_is_noticed():
    source = "Account.objects.filter(sub=sub).update(name='')\nrow.save()\nseen.update(sub=1)\ncache.delete(sub)"
    assert walls.writing_calls(source) == ["line 1: update()", "line 2: save()"]
