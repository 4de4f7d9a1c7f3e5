"""docs/operations.md and the code speak of the same things."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands
from prometheus_client import REGISTRY

from config import measures
from config.serving import beat_command, worker_command
from config.waiting import WaitingWork
from scripts import house

GUIDE = (house.ROOT / "docs" / "operations.md").read_text()
READERS = re.compile(r"env(\.\w+)?|environ(\.get)?|read_\w+|only_outside_production|str|int|list|get_value|get|getenv")
# Set by our own processes for each other, or a word of Django's.
NOT_FOR_OPERATORS = {"PROMETHEUS_MULTIPROC_DIR", "DJANGO_SETTINGS_MODULE", "DEMO_FILE", "NAME"}
READ_BY = ["config/settings.py", "config/environment.py", "config/logs.py", "config/management", "config/supervisor"]


def names_read() -> set[str]:
    """Every name that settings, commands and the supervisor read from the environment."""
    files = [path for place in READ_BY for path in _files(house.ROOT / place)]
    return {name for path in files for name in _names(ast.parse(path.read_text()))} - NOT_FOR_OPERATORS


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        words: list[ast.expr] = []
        if isinstance(node, ast.Call) and READERS.fullmatch(getattr(node.func, "attr", getattr(node.func, "id", ""))):
            words = node.args[:1]
        elif isinstance(node, ast.Subscript) and getattr(node.value, "attr", "") in ("environ", "environment"):
            words = [node.slice]
        for word in words:
            if isinstance(word, ast.Constant) and re.fullmatch(r"[A-Z][A-Z_]{3,}", str(word.value)):
                yield str(word.value)


def table() -> set[str]:
    """The names in the table of the environment."""
    section = GUIDE.partition("## Environment")[2].partition("\n## ")[0]
    firsts = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for first in firsts for name in re.findall(r"`([A-Z_]+)`", first)}


def test_the_table_of_the_environment_is_complete_and_names_nothing_else():
    read = names_read()
    assert {"ISSUER_URL", "DATABASE_URL", "WEB_THREADS", "METRICS_TOKEN", "EXAMPLES"} <= read
    own = {"DATABASE_URL", "DEFAULT_FROM_EMAIL"}
    assert table() == read | own


@pytest.mark.django_db
def test_every_metric_is_in_the_guide_and_no_other_is_spoken_of():
    counted = {each.name for each in REGISTRY.collect() if each.name.startswith("throughline_")}
    own = counted | {each.name for each in WaitingWork().collect()}
    assert measures.REQUESTS
    spoken = {re.sub(r"_total$", "", name) for name in re.findall(r"throughline_[a-z_]+", GUIDE)}
    assert spoken == own


def test_every_command_in_the_guide_exists():
    spoken = set(re.findall(r"manage\.py (\w+)", GUIDE))
    assert {"serve", "prepare", "revoke_everything"} <= spoken
    assert spoken <= set(get_commands())


@pytest.mark.parametrize("command", [worker_command(), beat_command()])
def test_the_commands_of_the_processes_are_told_as_they_are(command: list[str]):
    assert f"`{' '.join(command[2:])}`" in GUIDE
