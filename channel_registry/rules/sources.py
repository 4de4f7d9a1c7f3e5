"""The ranking of the sources of truth: reading and writing it, and what it must not say."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from channel_registry.errors import PolicyInvalid
from channel_registry.rules.fields import at
from channel_registry.types import (
    ANY_CLASS,
    CONSENT_REGISTRY,
    DEFAULT_SOURCES,
    GATEWAY,
    LOCKED_SOURCES,
    RANKED_CLASSES,
    RECOVERY,
    SourceRow,
    Sources,
)

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_MOST_ATTRIBUTES, _MOST_SOURCES = 100, 20


def parse_sources(body: object) -> Sources:
    """Read a ranking; an attribute that is left out has the default's order.

    ::

        contact_points: [gateway, crm, cdp]                        # for every class of action
        behavior: {any: [cdp], personalize: [cdp, crm]}

    What no ranking can change may stand there as it is: `credentials: [gateway]`, `consent: [consent_registry]`, and
    `recovery: [gateway]` in any attribute. Raises PolicyInvalid, whose path names the field.
    """
    if not isinstance(body, Mapping) or not body or len(body) > _MOST_ATTRIBUTES:
        raise PolicyInvalid("", f"The ranking must be a group of 1 to {_MOST_ATTRIBUTES} attributes by name.")
    given = {_name(name, str(name)[:100]): value for name, value in body.items()}
    for attribute, order in LOCKED_SOURCES.items():
        if attribute in given and _plain(given[attribute], attribute) != {ANY_CLASS: order}:
            raise PolicyInvalid(attribute, f"is known by {order[0]} alone: nobody outranks it.")
    rows = [row for name, value in given.items() if name not in LOCKED_SOURCES for row in _rows(name, value)]
    rows += [row for row in DEFAULT_SOURCES.rows if row.attribute not in given]
    return Sources(tuple(sorted(rows, key=lambda row: (row.attribute, RANKED_CLASSES.index(row.action_class)))))


def render_sources(sources: Sources) -> dict[str, Any]:
    """The complete, canonical body of a ranking: `parse_sources(render_sources(s)) == s`."""
    body: dict[str, Any] = {attribute: {ANY_CLASS: list(order)} for attribute, order in LOCKED_SOURCES.items()}
    for row in sources.rows:
        body.setdefault(row.attribute, {})[row.action_class] = list(row.order)
    return dict(sorted(body.items()))


def digest_sources(sources: Sources) -> str:
    """SHA-256 over the canonical body."""
    canonical = json.dumps(render_sources(sources), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _rows(attribute: str, value: object) -> Iterator[SourceRow]:
    orders = _plain(value, attribute)
    if orders.pop(RECOVERY, (GATEWAY,)) != (GATEWAY,):
        raise PolicyInvalid(f"{attribute}.{RECOVERY}", "is known by the gateway alone: nobody outranks it.")
    if ANY_CLASS not in orders:
        raise PolicyInvalid(f"{attribute}.{ANY_CLASS}", "is needed.")
    for action_class, order in orders.items():
        if action_class not in RANKED_CLASSES:
            known = ", ".join(RANKED_CLASSES)
            raise PolicyInvalid(at(attribute, action_class), f"is not a class of actions; known are {known}.")
        if CONSENT_REGISTRY in order:
            raise PolicyInvalid(at(attribute, action_class), f"{CONSENT_REGISTRY} speaks of consent alone.")
        yield SourceRow(attribute, action_class, order)


def _plain(value: object, path: str) -> dict[str, tuple[str, ...]]:
    """The orders by class of action; a list is one for every class."""
    by_class = {ANY_CLASS: value} if isinstance(value, list) else value
    if not isinstance(by_class, Mapping):
        raise PolicyInvalid(path, "must be a list of sources, or such lists by class of action.")
    return {str(key): _order(each, at(path, key)) for key, each in by_class.items()}


def _order(value: object, path: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_SOURCES:
        raise PolicyInvalid(path, f"must be a list of 1 to {_MOST_SOURCES} sources, the one that wins first.")
    order = tuple(_name(each, f"{path}.{index}") for index, each in enumerate(value))
    if len(set(order)) < len(order):
        raise PolicyInvalid(path, "names a source twice.")
    return order


def _name(value: object, path: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise PolicyInvalid(path, "must be a short name in lower-case letters, digits and _.")
    return value
