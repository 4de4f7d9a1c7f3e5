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
        raise MalformedInput(f"This is not YAML or JSON: {error.problem or 'it breaks off'}{where}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MalformedInput("This is not YAML or JSON.") from error
