"""The house as data: what the import contracts in pyproject.toml say, for the docs generator and the tests.

The tower and the kinds of files are written down once, in `[tool.importlinter]`; nothing here repeats them.
"""

import ast
import functools
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

PUBLIC_FILES = ("services", "queries", "flows", "events", "errors", "types")
ALSO_PUBLIC = {"audit": ("journal",)}
OPEN_ROOMS = ("kit",)
WIRING = "config"
OUTSIDE = ("bench", "examples", "scripts", "tests")


@functools.cache
def pyproject() -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contract(id: str) -> dict[str, Any]:
    """The import contract of that id."""
    return next(each for each in pyproject()["tool"]["importlinter"]["contracts"] if each["id"] == id)


def rooms() -> list[str]:
    """The rooms, top of the tower first; siblings of one floor one after the other."""
    return [room for floor in floors() for room in floor]


def floors() -> list[list[str]]:
    """The floors of the tower, top first; more than one room on a floor means independent siblings."""
    return [_parts(layer) for layer in contract("tower")["layers"]]


def height(room: str) -> int:
    """How high a room stands; kit is 0."""
    return next(up for up, floor in enumerate(reversed(floors())) if room in floor)


def kinds() -> list[list[str]]:
    """The kinds of files inside a room, doors first, words last."""
    return [_parts(layer) for layer in contract("rooms")["layers"]]


def doors() -> set[str]:
    """The files that may be named in settings, urls and the wiring: everything above `flows`."""
    rows = kinds()
    return {kind for row in rows[: rows.index(["flows"])] for kind in row}


def public_files(room: str) -> tuple[str, ...]:
    """The files by which other rooms may enter a room."""
    return PUBLIC_FILES + ALSO_PUBLIC.get(room, ())


def room_of(module: str) -> str | None:
    """The room of a dotted module name, or None when it belongs to none."""
    top = module.split(".", 1)[0]
    return top if top in rooms() else None


def purpose(room: str) -> str:
    """The docstring of a room's `__init__.py`, or an empty string."""
    tree = ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))
    return ast.get_docstring(tree) or ""


def python_files(*tops: str, migrations: bool = False) -> Iterator[Path]:
    """The Python files below the given folders of the repository (default: the rooms), in a stable order."""
    for top in tops or tuple(rooms()):
        for path in sorted((ROOT / top).rglob("*.py")):
            if migrations or "migrations" not in path.parts:
                yield path


def dotted(path: Path) -> str:
    """The module name of a Python file of the repository."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parts(layer: str) -> list[str]:
    return [part.strip().strip("()") for part in layer.replace("|", ":").split(":")]
