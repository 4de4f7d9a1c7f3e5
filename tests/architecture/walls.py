"""What each wall forbids, as functions over source text or plain pairs: they return the violations they find.

The tests beside this file call them on the repository, and on a small counterexample that proves they can fail.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from scripts import house

MOST_LINES_IN_A_FILE = 400
MOST_LINES_IN_A_FUNCTION = 40
MOST_LINES_ABOUT_A_ROOM = 8
FORBIDDEN_FILES = ("signals", "utils", "helpers", "managers", "constants", "mixins")
WRITES = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
WRITES_ON_ROWS = {"update", "delete"}  # dicts and caches have these too, so they count behind `.objects` only

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method of a module, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def public_functions(tree: ast.Module) -> Iterator[Function]:
    """The functions a module offers: at its top level, without an underscore."""
    return (node for node in tree.body if isinstance(node, Function) and not node.name.startswith("_"))


def long_functions(source: str) -> list[str]:
    """Functions of more than 40 lines, from `def` to their last line."""
    lengths = ((each.name, (each.end_lineno or each.lineno) - each.lineno + 1) for each in functions(ast.parse(source)))
    return [f"{name}: {length} lines" for name, length in lengths if length > MOST_LINES_IN_A_FUNCTION]


def is_deed(function: Function) -> bool:
    """Whether a function carries the decorator `@deed`, or `@observation` for a deed that only leaves its line."""
    return any(_last_name(decorator) in {"deed", "observation"} for decorator in function.decorator_list)


def unfit_deeds(source: str) -> list[str]:
    """Public deeds that take an argument by position or do not take `call`."""
    found = []
    for function in public_functions(ast.parse(source)):
        if not is_deed(function):
            continue
        taken = function.args
        if taken.posonlyargs or taken.args or taken.vararg:
            found.append(f"{function.name} takes arguments by position")
        if "call" not in {each.arg for each in taken.kwonlyargs}:
            found.append(f"{function.name} does not take call")
    return found


def services_that_are_no_deeds(source: str, offered: Iterable[str] | None = None) -> list[str]:
    """Public functions of a `services.py` without `@deed`; of a file in a package only those the package offers."""
    public = (each for each in public_functions(ast.parse(source)) if offered is None or each.name in offered)
    return [each.name for each in public if not is_deed(each)]


def writing_calls(source: str) -> list[str]:
    """Calls by which a question would write."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.func.attr
        if name in WRITES or (name in WRITES_ON_ROWS and ".objects" in ast.unparse(node.func)):
            found.append(f"line {node.lineno}: {name}()")
    return found


def imported_names(source: str) -> list[str]:
    """Every dotted name a module imports, inside functions too."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def imports_of(tops: Iterable[str], source: str) -> list[str]:
    """The imported names whose first part is one of `tops`."""
    wanted = set(tops)
    return [name for name in imported_names(source) if name.split(".", 1)[0] in wanted]


def side_entrances(imports: Iterable[tuple[str, str]], *, also: tuple[str, ...] = ()) -> list[str]:
    """Imports from room to room that do not go through a public file; `also` names further files to let in by.

    A public file that became a package is entered as a whole, but for flows, where each file is one journey. The
    wiring may also take a room's doors: it hangs them up.
    """
    found = []
    for importer, imported in imports:
        guest, host = house.room_of(importer), house.room_of(imported)
        if host is None or guest == host or host in house.OPEN_ROOMS:
            continue
        file, *deeper = imported.split(".")[1:] or [""]
        entrance = file in {*house.public_files(host), *also} and (not deeper or file == "flows")
        door = guest == house.WIRING and file in house.doors()
        if file and not entrance and not door:
            found.append(f"{importer} -> {imported}")
    return found


def keys_that_climb(keys: Iterable[tuple[str, str, str]]) -> list[str]:
    """Foreign keys (from room, to room, name) that do not go down; what is no room counts as part of kit."""
    found = []
    for here, there, name in keys:
        low = house.height(there) if there in house.rooms() else 0
        if here != there and house.height(here) <= low:
            found.append(f"{name}: {here} -> {there}")
    return found


def repeated(codes: Iterable[tuple[str, str]]) -> list[str]:
    """Codes that more than one room writes out, with those rooms."""
    where: dict[str, list[str]] = {}
    for room, code in codes:
        where.setdefault(code, []).append(room)
    return [f"{code}: {', '.join(rooms)}" for code, rooms in where.items() if len(rooms) > 1]


def silenced_rules(source: str, rules: Iterable[str]) -> list[str]:
    """Comments that switch off one of these lint rules in place, or any rule without saying why."""
    found = []
    for number, line in enumerate(source.splitlines(), 1):
        if not (comment := re.search(r"#\s*noqa(?::\s*(?P<codes>[A-Z]+\d+(?:,\s*[A-Z]+\d+)*))?(?P<why>.*)", line)):
            continue
        codes = re.split(r",\s*", comment["codes"] or "everything")
        if not comment["why"].strip():
            found.append(f"line {number}: silences {', '.join(codes)} and does not say why")
        found += [f"line {number}: silences {code}" for code in codes if code in set(rules)]
    return found


def circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """One circle of a directed graph as the names along it, or an empty list."""

    def walk(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for following in graph.get(node, ()):
            if found := walk(following, [*path, node]):
                return found
        done.add(node)
        return []

    done: set[str] = set()
    return next((found for start in graph if (found := walk(start, []))), [])


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
