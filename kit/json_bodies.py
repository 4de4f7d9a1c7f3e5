"""Bodies of JSON, read strictly: every doubt about what was meant is a 400."""

import json
from typing import IO, Any

from rest_framework.parsers import BaseParser

from kit.refusal import MalformedInput

LONGEST = 512 * 1024


class StrictJson(BaseParser):
    """One JSON object in UTF-8, sent as application/json; anything else is refused with 400, never with 415."""

    media_type = "*/*"
    also: frozenset[str] = frozenset()
    """Other names under which a protocol sends JSON."""

    def parse(self, stream: IO[Any], media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        """The object in the body. Raises MalformedInput."""
        if str(media_type or "").partition(";")[0].strip().lower() not in {"application/json", *self.also}:
            raise MalformedInput("The body must be sent as application/json.")
        content = stream.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise MalformedInput("The body is too long.")
        return read_object(content)


def read_object(content: bytes) -> dict[str, Any]:
    """The JSON object that the bytes stand for. Raises MalformedInput, also where a name stands twice in an object."""
    try:
        value = json.loads(content.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedInput("The body is not valid JSON.") from error
    if not isinstance(value, dict):
        raise MalformedInput("The body must be a JSON object.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedInput("A name stands twice in one object.")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
