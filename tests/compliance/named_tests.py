"""Naming tests of other files, so that a table can say what proves each of its lines."""

import re

from scripts import house


def missing(names: set[str]) -> set[str]:
    """The names, each `path::test`, of which there is no such test; paths are relative to tests/."""
    return {name for name in names if not _exists(*name.split("::"))}


def _exists(path: str, test: str) -> bool:
    file = house.ROOT / "tests" / path
    return file.is_file() and bool(
        re.search(rf"^def {re.escape(test)}\(", file.read_text(encoding="utf-8"), re.MULTILINE)
    )
