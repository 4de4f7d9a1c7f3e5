"""Write the lists in docs/ from the code they speak of: `python -m scripts.generate_docs [--check]`.

`--check` writes nothing and fails with one line per document that is out of date.
"""

import argparse
import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from audit.types import EventType
from kit.refusal import Refusal
from oauth.rules import AUTHLIB, OPENID_CLIENT
from scripts import house

DOCS = house.ROOT / "docs"
_SECTION = re.compile(r"(<!-- generated:(?P<name>[a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


class MissingSection(Exception):
    """A document has no `<!-- generated:NAME -->` … `<!-- end -->` for what belongs there."""


def event_types() -> list[tuple[str, EventType]]:
    """Every journal event type with its room, top of the tower first, in the order of its `events.py`."""
    return [
        (room, value)
        for room, module in _modules("events")
        for value in vars(module).values()
        if isinstance(value, EventType)
    ]


def refusals() -> list[tuple[str, type[Refusal]]]:
    """Every refusal with its room, top of the tower first; the base of a family, which is never raised, is none."""
    return [
        (room, value)
        for room, module in _modules("errors", kit="refusal")
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Refusal)
        and value.__module__ == module.__name__
        and not is_family(value)
    ]


def is_family(refusal: type[Refusal]) -> bool:
    """Whether a refusal is only the base of others: it says nothing itself."""
    return refusal is Refusal or ("message" not in vars(refusal) and bool(refusal.__subclasses__()))


def decision_records() -> list[Path]:
    """The records in docs/decisions/, in their order."""
    return sorted((DOCS / "decisions").glob("[0-9]*.md"))


def render_events() -> str:
    """docs/events.md."""
    rows = [
        f"| `{type.name}` | {room} | {'yes' if type.deliverable else 'no'} | {type.meaning} |"
        for room, type in event_types()
    ]
    return _table(("event", "room", "delivered", "meaning"), rows)


def render_errors() -> str:
    """docs/errors.md."""
    rows = [f"| `{refusal.code}` | {room} | {refusal.status} | {refusal.message} |" for room, refusal in refusals()]
    return _table(("code", "room", "status", "message"), rows)


def render_tower() -> str:
    """The tower, a line a floor."""
    names = {room: " | ".join(floor) for floor in house.floors() for room in floor[:1]}
    width = max(map(len, names.values()))
    lines = [f"{name:<{width}}  {_headline(house.purpose(room))}" for room, name in names.items()]
    return "\n".join(["```", *lines, "```", ""])


def render_rooms() -> str:
    """A row for each room: what it says of itself and by which files one enters."""
    rows = [f"| `{room}` | {' '.join(house.purpose(room).split())} | {_entrances(room)} |" for room in house.rooms()]
    return _table(("room", "what it is", "how others enter"), rows)


def render_decisions() -> str:
    """The index of decision records: the title of each, as it stands in its first line."""
    lines = []
    for path in decision_records():
        title = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").strip()
        lines.append(f"* [{title}]({path.name})")
    return "\n".join([*lines, ""])


def render_authlib() -> str:
    """The Python example: the same text as on each client's page in the console."""
    return f"```python\n{AUTHLIB}```\n"


def render_openid_client() -> str:
    """The JavaScript example, likewise."""
    return f"```js\n{OPENID_CLIENT}```\n"


SECTIONS: dict[Path, dict[str, Callable[[], str]]] = {
    DOCS / "architecture.md": {"tower": render_tower, "rooms": render_rooms},
    DOCS / "developers.md": {"snippet-authlib": render_authlib, "snippet-openid-client": render_openid_client},
    DOCS / "events.md": {"events": render_events},
    DOCS / "errors.md": {"errors": render_errors},
    DOCS / "decisions" / "README.md": {"decisions": render_decisions},
}


def fill(text: str, sections: dict[str, Callable[[], str]]) -> str:
    """The text with each generated section made anew; raises MissingSection when one has no place in it."""
    if missing := set(sections) - {found["name"] for found in _SECTION.finditer(text)}:
        raise MissingSection(", ".join(sorted(missing)))
    return _SECTION.sub(lambda found: found[1] + sections[found["name"]]() + found[3], text)


def main(arguments: list[str] | None = None) -> int:
    """Write the documents, or with `--check` say which would change; 1 when one is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a document is out of date")
    check = parser.parse_args(arguments).check
    stale = 0
    for path, sections in SECTIONS.items():
        text = path.read_text(encoding="utf-8")
        if (fresh := fill(text, sections)) == text:
            continue
        stale += 1
        name = path.relative_to(house.ROOT)
        if check:
            print(f"{name} is out of date: run python -m scripts.generate_docs", file=sys.stderr)
        else:
            path.write_text(fresh, encoding="utf-8")
            print(f"{name} written")
    return 1 if check and stale else 0


def _modules(file: str, **instead: str) -> Iterator[tuple[str, ModuleType]]:
    for room in house.rooms():
        name = instead.get(room, file)
        if (house.ROOT / room / f"{name}.py").exists() or (house.ROOT / room / name).is_dir():
            yield room, importlib.import_module(f"{room}.{name}")


def _entrances(room: str) -> str:
    if room in house.OPEN_ROOMS:
        return "every file"
    if room == house.WIRING:
        return "nobody does"
    present = [name for name in house.public_files(room) if list((house.ROOT / room).glob(f"{name}*"))]
    return ", ".join(f"`{name}`" for name in present) or "its pages only"


def _headline(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())


def _table(head: tuple[str, ...], rows: list[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *rows, ""])


if __name__ == "__main__":
    sys.exit(main())
