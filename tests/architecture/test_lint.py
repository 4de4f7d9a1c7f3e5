"""The lint rules that carry a wall bite where they should, spare whom they should, and cannot be silenced in place."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import house
from tests.architecture import walls

WALL_RULES = ("TID251", "TID253", "PLC0415", "C901", "D101", "D103")

NOW = '"""Doc."""\n\nfrom django.utils import timezone\n\nINSTANT = timezone.now()\n'
CLOCK = '"""Doc."""\n\nimport datetime\n\nINSTANT = datetime.datetime.now(datetime.UTC)\n'
SIGNAL = '"""Doc."""\n\nfrom django.db.models import signals\n\nSAVED = signals.post_save\n'
RECEIVER = '"""Doc."""\n\nfrom django import dispatch\n\nSIGNAL = dispatch.Signal()\n'
HTTP = '"""Doc."""\n\nfrom django.http import HttpResponse\n\nANSWER = HttpResponse\n'
FETCH = '"""Doc."""\n\nimport httpx\n\nGET = httpx.get\n'
LOCAL = 'def load() -> object:\n    """Load."""\n    from kit import ids\n\n    return ids\n'
SILENT = "def load() -> None:\n    return None\n\n\nclass Row:\n    pass\n"


def broken_rules(file: str, source: str) -> set[str]:
    command = [
        str(Path(sys.executable).with_name("ruff")),
        "check",
        "--output-format=json",
        "--stdin-filename",
        file,
        "-",
    ]
    done = subprocess.run(command, cwd=house.ROOT, input=source, capture_output=True, text=True, check=False)
    return {each["code"] for each in json.loads(done.stdout)}


@pytest.mark.parametrize(
    ("file", "source", "rules"),
    [
        ("accounts/services.py", NOW, {"TID251"}),
        ("accounts/views.py", NOW, {"TID251"}),
        ("accounts/services.py", CLOCK, {"TID251"}),
        ("oauth/services.py", SIGNAL, {"TID251"}),
        ("oauth/apps.py", RECEIVER, {"TID251"}),
        ("oauth/views.py", FETCH, {"TID251"}),
        ("oauth/services.py", HTTP, {"TID253"}),
        ("oauth/flows/authorization.py", HTTP, {"TID253"}),
        ("oauth/services.py", LOCAL, {"PLC0415"}),
        ("oauth/services.py", SILENT, {"D101", "D103"}),
    ],
)
def test_a_breach_is_noticed(file, source, rules):
    assert rules <= broken_rules(file, source)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("oauth/views.py", HTTP),
        ("oauth/views/token.py", HTTP),
        ("kit/clock.py", CLOCK),
        ("config/reactions.py", RECEIVER),
        ("accounts/apps.py", LOCAL),
        ("tests/journeys/test_sign_in.py", FETCH),
    ],
)
def test_what_may_be_done_there_passes(file, source):
    assert broken_rules(file, source) & set(WALL_RULES) == set()


def files_of(pattern: str) -> list[Path]:
    """The files a pattern of `per-file-ignores` speaks of; braces hold alternatives."""
    before, brace, rest = pattern.partition("{")
    inside, _, after = rest.partition("}")
    spelled = [before + each + after for each in inside.split(",")] if brace else [pattern]
    return [path for each in spelled for path in house.ROOT.glob(each) if ".venv" not in path.parts]


@pytest.mark.parametrize("pattern", house.pyproject()["tool"]["ruff"]["lint"]["per-file-ignores"])
def test_nobody_is_spared_who_is_not_there(pattern):
    assert files_of(pattern)


def test_a_pattern_without_a_file_is_noticed():
    assert files_of("kit/{clock,nothing}.py") == [house.ROOT / "kit" / "clock.py"]
    assert files_of("kit/nothing.py") == []


def test_no_wall_is_silenced_in_place_and_every_silence_gives_its_reason():
    found = {
        house.dotted(path): silenced
        for path in house.python_files(*house.rooms(), *house.OUTSIDE, migrations=True)
        if (silenced := walls.silenced_rules(path.read_text(encoding="utf-8"), WALL_RULES))
    }
    assert found == {}


def test_a_silenced_wall_is_noticed():
    mark = "# no" + "qa"
    source = f"a {mark}: S608  the table is ours\nb {mark}\nc {mark}: PLC0415  why not\nd {mark}: S608\n"
    assert walls.silenced_rules(source, WALL_RULES) == [
        "line 2: silences everything and does not say why",
        "line 3: silences PLC0415",
        "line 4: silences S608 and does not say why",
    ]
