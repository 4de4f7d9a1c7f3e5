"""Who may call whom, read from source text: what a function can reach, and which events it can announce.

It sees names, not values: a function counts as called wherever its name is read. What is reached through a string
in settings is not seen.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Module:
    """One parsed file: what it defines at its top level, and what its imported names stand for."""

    definitions: dict[str, ast.AST] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)


class CallGraph:
    """The names that each definition reads, over all the given modules (`dotted name -> source text`)."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.modules = {name: _read(source) for name, source in sources.items()}

    def steps(self, definition: str) -> set[str]:
        """The definitions that one definition names itself."""
        module, _, name = definition.rpartition(".")
        node = self.modules[module].definitions.get(name) if module in self.modules else None
        if node is None:
            return set()
        return {found for text in _names(node) if (found := self._resolve(module, text))} - {definition}

    def reached(self, definition: str) -> set[str]:
        """Every definition that can be reached from one, at any depth."""
        seen: set[str] = set()
        waiting = [definition]
        while waiting:
            fresh = self.steps(waiting.pop()) - seen
            seen |= fresh
            waiting += fresh
        return seen

    def announced(self, definition: str) -> set[str]:
        """The event types, as `room.events.NAME`, that a definition can announce; a question that names one is not."""
        found = {name for name in self.steps(definition) if _is_event(name)}
        for reached in self.reached(definition):
            if ".queries." not in reached:
                found |= {name for name in self.steps(reached) if _is_event(name)}
        return found

    def _resolve(self, module: str, text: str) -> str | None:
        first, _, rest = text.partition(".")
        here = self.modules[module]
        if first in here.definitions:
            return f"{module}.{first}"
        target = here.imports.get(first)
        return self._find(f"{target}.{rest}".rstrip(".")) if target else None

    def _find(self, dotted: str) -> str | None:
        """The definition a dotted name leads to: attributes of a definition lead to it, packages pass on."""
        parts = dotted.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:cut])
            if module not in self.modules:
                continue
            name = parts[cut]
            if name in self.modules[module].definitions:
                return f"{module}.{name}"
            onward = self.modules[module].imports.get(name)
            return self._find(".".join([onward, *parts[cut + 1 :]])) if onward else None
        return None


def _read(source: str) -> Module:
    module = Module()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            module.definitions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            module.definitions |= {target.id: node for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Import):
            module.imports |= {(each.asname or each.name).split(".")[0]: _bound(each) for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            module.imports |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return module


def _bound(alias: ast.alias) -> str:
    return alias.name if alias.asname else alias.name.split(".")[0]


def _names(node: ast.AST) -> set[str]:
    found = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name | ast.Attribute):
            found.add(ast.unparse(each))
    return found


def _is_event(definition: str) -> bool:
    return ".events." in definition
