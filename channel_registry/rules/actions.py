"""What a policy asks for each action: a class with its defaults, and what the channel asks beyond them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from channel_registry.errors import PolicyInvalid
from channel_registry.rules.fields import (
    at,
    members,
    quoted,
    read_acr,
    read_duration,
    read_flag,
    read_probability,
    read_words,
    render_duration,
)
from channel_registry.types import ACTION_CLASSES, RESOURCES, ActionRule, Match

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}")
_PURPOSE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}")
_LONGEST_NAME = 64
_MOST_ACTIONS = 200
_FIELDS = (
    "class",
    "threshold",
    "acr",
    "max_age",
    "purpose",
    "match",
    "live_only",
    "feed_max_age",
    "high_risk",
    "resources",
)


def parse_actions(value: object, path: str) -> tuple[ActionRule, ...]:
    """The `actions` of a policy, by name; an action that is not listed is refused on the channel.

    ::

        actions:
          contact.update: {class: change, threshold: 0.997, max_age: 5m}

    `class` is needed; every other field replaces what its class says; `none` takes `acr`, `max_age`, `purpose` or
    `feed_max_age` away. Raises PolicyInvalid naming the field.
    """
    if not isinstance(value, Mapping) or len(value) > _MOST_ACTIONS:
        raise PolicyInvalid(path, f"must be a group of at most {_MOST_ACTIONS} actions by name.")
    rules = [_action(name, each, at(path, name)) for name, each in value.items()]
    return tuple(sorted(rules, key=lambda rule: rule.name))


def render_action(rule: ActionRule) -> dict[str, Any]:
    """The complete, canonical fields of an action."""
    return {
        "class": rule.action_class,
        "threshold": rule.threshold,
        "acr": rule.acr or "none",
        "max_age": "none" if rule.max_age is None else render_duration(rule.max_age),
        "purpose": rule.purpose or "none",
        "match": rule.match.value,
        "live_only": rule.live_only,
        "feed_max_age": "none" if rule.feed_max_age is None else render_duration(rule.feed_max_age),
        "high_risk": rule.high_risk,
        "resources": list(rule.resources),
    }


def _action(name: object, value: object, path: str) -> ActionRule:
    if not isinstance(name, str) or len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise PolicyInvalid(path, "an action is named noun.verb in small letters, such as contact.update.")
    fields = members(value, path, _FIELDS)
    action_class = fields.get("class")
    if not isinstance(action_class, str) or action_class not in ACTION_CLASSES:
        raise PolicyInvalid(f"{path}.class", f"must be one of {quoted(tuple(ACTION_CLASSES))}.")
    rule = replace(ACTION_CLASSES[action_class], name=name)
    changes = {key: _READERS[key](each, f"{path}.{key}") for key, each in fields.items() if key != "class"}
    rule = replace(rule, **changes)
    _refuse_contradictions(rule, path)
    return rule


def _refuse_contradictions(rule: ActionRule, path: str) -> None:
    if rule.max_age is not None and not rule.acr:
        raise PolicyInvalid(f"{path}.max_age", "stands without an acr: nobody could be asked for anything.")
    if rule.acr == "0":
        raise PolicyInvalid(f"{path}.acr", "asks for nothing; write none.")
    if rule.high_risk and rule.match is Match.ANY:
        raise PolicyInvalid(f"{path}.match", "a high-risk action takes no probabilistic match.")


def _none_or(read: Any, nothing: Any) -> Any:
    return lambda value, path: nothing if value == "none" else read(value, path)


def _purpose(value: object, path: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or not _PURPOSE.fullmatch(value):
        raise PolicyInvalid(path, "must be a purpose such as marketing.email, or none.")
    return value


def _match(value: object, path: str) -> Match:
    if value not in tuple(each.value for each in Match):
        raise PolicyInvalid(path, f"must be one of {quoted(tuple(each.value for each in Match))}.")
    return Match(str(value))


_READERS: dict[str, Any] = {
    "threshold": read_probability,
    "acr": _none_or(read_acr, ""),
    "max_age": _none_or(read_duration, None),
    "purpose": _none_or(_purpose, ""),
    "match": _match,
    "live_only": read_flag,
    "feed_max_age": _none_or(read_duration, None),
    "high_risk": read_flag,
    "resources": lambda value, path: read_words(value, path, RESOURCES, needed="kind of resource"),
}
