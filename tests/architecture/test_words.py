"""The repository speaks of the project only: no machine, no person's folder, no note to oneself."""

import re
import subprocess
from pathlib import Path

import pytest

from scripts import house

FORBIDDEN = {
    "a path of one machine": r"/(?:work|home/\w+|root|Users/\w+)/",
    "an address of a package registry": r"--(?:extra-)?index-url|files\.pythonhosted",
    "a note to oneself": r"(?i)\bfor now\b|\bthe issue\b|\b(?:TODO|FIXME|XXX)\b",
    "a word that says nothing": r"(?i)\bhelpers?\b",
}
# Where such a word is the subject itself.
ABOUT_THE_WORDS = {
    "docs/architecture.md": "names the files that are not allowed",
    "tests/architecture/walls.py": "likewise",
    "tests/architecture/test_words.py": "names them all",
    "pyproject.toml": "names the switches of its tools",
}


def committed_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=house.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: the committed files are not known")
    return [house.ROOT / name for name in listed.stdout.split("\0") if name]


def slips(text: str) -> list[str]:
    """What a text says that does not belong into the repository."""
    return [f"{what}: {found[0]!r}" for what, pattern in FORBIDDEN.items() if (found := re.search(pattern, text))]


def test_no_file_speaks_of_a_machine_or_of_its_making():
    found = {}
    for path in committed_files():
        name = str(path.relative_to(house.ROOT))
        if name in ABOUT_THE_WORDS or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if said := slips(f"{name}\n{text}"):
            found[name] = said
    assert found == {}


@pytest.mark.parametrize(
    "text",
    ["see /root/src", "/home/ana/src", "good enough for now", "as the issue says", "a helper"],
)
def test_a_slip_is_noticed(text):
    assert slips(text)


def test_the_issuer_and_a_url_path_are_no_slips():
    assert slips("the issuer of https://id.example.com/oauth/token, and its networks/") == []
