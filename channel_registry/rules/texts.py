"""A policy as a person writes it: YAML or JSON, refused with the line that is wrong."""

from collections.abc import Callable
from typing import Any, TypeVar

from channel_registry.errors import PolicyInvalid
from channel_registry.rules.policies import parse_policy
from channel_registry.types import ChannelPolicy
from kit.documents import find_line, read_document
from kit.refusal import MalformedInput

T = TypeVar("T")


def check_policy(body: object) -> ChannelPolicy:
    """A policy that somebody means: `parse_policy`, but an empty body says nothing and is refused.

    Raises PolicyInvalid.
    """
    if body is None or body == {}:
        raise PolicyInvalid("", "The policy is empty: it says nothing.")
    return parse_policy(body)


def read_text(text: str) -> Any:
    """The plain value of a text; raises PolicyInvalid with the line for what is no YAML or JSON."""
    try:
        return read_document(text)
    except MalformedInput as error:
        raise PolicyInvalid("", error.detail, error.line) from error


def at_path(path: str, act: Callable[[], T]) -> T:
    """Do something with a part of a document; a refusal then names the part too."""
    try:
        return act()
    except PolicyInvalid as error:
        raise PolicyInvalid(f"{path}.{error.path}".rstrip("."), error.problem) from error


def with_line(text: str, act: Callable[[], T]) -> T:
    """Do something with what a text says; a refusal then names the line of the text."""
    try:
        return act()
    except PolicyInvalid as error:
        line = find_line(text, error.path) if error.path else None
        raise PolicyInvalid(error.path, error.problem, error.line or line or 1) from error
