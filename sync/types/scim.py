"""Words about Users that a feed brings by SCIM."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ScimSearch:
    """What is searched for: `filter` decides, `named` is what it asks to be equal; `count` from the `start`th on."""

    wanted: Any
    start: int = 1
    count: int = 0
    filter: Any = None
    named: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScimUserState:
    """A User as an answer holds it, and its version."""

    id: str
    number: int
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScimPage:
    """Some of the Users that were searched for, and how many there are."""

    total: int
    start: int
    users: tuple[Mapping[str, Any], ...]
