"""Documents that a person writes: YAML, of which JSON is a part, read as plain values and nothing else."""

from typing import Any

import yaml

from kit.refusal import MalformedInput

LONGEST = 1_000_000


class _PlainLoader(yaml.SafeLoader):
    """YAML without what surprises: no aliases, no dates, no group that names a field twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # a few aliases of aliases unfold into gigabytes
            mark = parent.start_mark if parent else None
            raise yaml.MarkedYAMLError(problem="aliases are not taken", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                name = getattr(key, "value", "a field") if isinstance(key, yaml.ScalarNode) else "a field"
                raise yaml.MarkedYAMLError(problem=f"{name} stands twice or is no name", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_document(text: str) -> Any:
    """The value a YAML or JSON document stands for: groups, lists, texts, numbers, booleans, null.

    Raises MalformedInput with line and column for whatever is not one plain document.
    """
    if len(text) > LONGEST:
        raise MalformedInput("The document is too long.")
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506  a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        line = mark.line + 1 if mark else None
        raise MalformedInput(f"This is not YAML or JSON: {error.problem or 'it breaks off'}{where}.", line) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MalformedInput("This is not YAML or JSON.") from error


def write_document(value: Any) -> str:
    """A value as a YAML document, its fields in the order they have."""
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True))


def find_line(text: str, path: str) -> int | None:
    """The line, from 1 on, on which a document says what `path` names: `actions.contact.update.acr`, `ways_in.2`.

    Names may have dots of their own. Of a field that is not there the line of the group around it; None for a text
    that is no document.
    """
    try:
        node = yaml.compose(text, Loader=_PlainLoader)
    except yaml.YAMLError:
        return None
    line = None
    while node is not None and path:
        found = _step(node, path)
        if found is None:
            break
        line, node, path = found
    return line or (node.start_mark.line + 1 if node else None)


def _step(node: yaml.Node, path: str) -> tuple[int, yaml.Node, str] | None:
    """The child that the first part of a path names: its line, itself, and the rest of the path."""
    children: list[tuple[str, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(str(index), each, each) for index, each in enumerate(node.value)]
    fitting = [child for child in children if path == child[0] or path.startswith(f"{child[0]}.")]
    if not fitting:
        return None
    name, key, value = max(fitting, key=lambda child: len(child[0]))
    return key.start_mark.line + 1, value, path[len(name) + 1 :]
