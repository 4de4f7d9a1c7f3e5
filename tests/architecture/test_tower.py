"""The tower is written down once and everybody agrees with it: settings, contracts, document, folders."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from scripts import house
from tests.architecture import walls


def packages() -> set[str]:
    return {path.parent.name for path in house.ROOT.glob("*/__init__.py")}


def test_settings_list_the_rooms_of_the_tower_in_its_order():
    assert house.rooms() == settings.ROOMS


def test_every_package_of_the_repository_is_a_room_or_stands_outside():
    assert packages() - set(house.OUTSIDE) == set(house.rooms())


def test_every_room_but_kit_is_an_installed_app():
    installed = {config.name for config in apps.get_app_configs()}
    assert set(house.rooms()) - set(house.OPEN_ROOMS) <= installed


def test_the_import_contracts_look_at_every_room():
    assert house.pyproject()["tool"]["importlinter"]["root_packages"] == house.rooms()
    inside = house.contract("rooms")
    assert inside["exhaustive"]
    assert inside["containers"] == [room for room in house.rooms() if room not in (house.WIRING, *house.OPEN_ROOMS)]


def test_the_document_draws_the_same_tower():
    text = (house.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.search(r"<!-- generated:tower -->\n```\n(.*?)```", text, re.DOTALL)
    assert drawn
    assert [line.split()[0] for line in drawn[1].splitlines()] == [floor[0] for floor in house.floors()]


def test_no_foreign_key_climbs():
    keys = [
        (model._meta.app_label, field.related_model._meta.app_label, f"{model._meta.label}.{field.name}")
        for model in apps.get_models()
        for field in model._meta.get_fields(include_hidden=True)
        if model._meta.app_label in house.rooms()
        and field.is_relation
        and not field.auto_created
        and isinstance(field.related_model, type)
    ]
    assert keys, "no foreign key was looked at"
    assert walls.keys_that_climb(keys) == []


def test_a_foreign_key_up_or_to_a_stranger_is_told_apart():
    keys = [("accounts", "sessions_hub", "up"), ("oauth", "accounts", "down"), ("accounts", "contenttypes", "library")]
    assert walls.keys_that_climb(keys) == ["up: accounts -> sessions_hub"]


def test_the_portal_has_no_tables():
    assert list(apps.get_app_config("portal").get_models()) == []


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """An empty house under the contracts of this one."""
    text = (house.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(text[text.index("[tool.importlinter]") :], encoding="utf-8")
    for room in house.rooms():
        (tmp_path / room).mkdir()
        for file in ("__init__", "rules", "types", "events"):
            (tmp_path / room / f"{file}.py").touch()
    return tmp_path


def lint_imports(folder: Path) -> tuple[int, str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_an_empty_house_keeps_the_contracts(small_house):
    status, _ = lint_imports(small_house)
    assert status == 0


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("audit/journal.py", "import accounts"),
        ("accounts/queries.py", "from accounts import services"),
        ("accounts/rules.py", "from django.utils import timezone"),
        ("accounts/tricks.py", ""),
        ("kit/clock.py", "from kit import events\n"),
    ],
    ids=["up the tower", "up inside a room", "impure rules", "unknown kind of file", "a circle in kit"],
)
def test_the_contracts_notice(small_house, file, line):
    (small_house / "accounts" / "services.py").touch()
    (small_house / "kit" / "events.py").write_text("from kit import clock\n", encoding="utf-8")
    (small_house / file).write_text(line, encoding="utf-8")
    status, report = lint_imports(small_house)
    assert status == 1, report
    assert "BROKEN" in report
