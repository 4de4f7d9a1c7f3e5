"""What a policy asks for each action: a class with its defaults, and what the channel asks beyond them."""

import math
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
    read_number,
    read_probability,
    read_words,
    render_duration,
)
from channel_registry.types import ACTION_CLASSES, RESOURCES, ActionRule, Condition, Effect, Match, Plain

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}")
_ATTRIBUTE = re.compile(
    r"(subject|resource)\.(id|type)|(subject|action|resource)\.properties\.[A-Za-z][A-Za-z0-9_]{0,63}"
)
_MOST_CONDITIONS = 50
_MOST_VALUES = 50
_LONGEST_VALUE = 200
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
    "conditions",
    "independent_channels",
    "cool_down",
)
_MOST_CHANNELS = 4


def parse_actions(value: object, path: str) -> tuple[ActionRule, ...]:
    """The `actions` of a policy, by name; an action that is not listed is refused on the channel.

    ::

        actions:
          contact.update: {class: change, threshold: 0.997, max_age: 5m}

    `class` is needed; every other field replaces what its class says; `none` takes `acr`, `max_age`, `purpose`,
    `cool_down` or `feed_max_age` away. Raises PolicyInvalid naming the field.
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
        "conditions": [
            {"if": {name: list(values) for name, values in each.attributes}, "then": each.effect.value}
            for each in rule.conditions
        ],
        "independent_channels": rule.independent_channels,
        "cool_down": "none" if rule.cool_down is None else render_duration(rule.cool_down),
    }


def _action(name: object, value: object, path: str) -> ActionRule:
    if not isinstance(name, str) or len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise PolicyInvalid(path, "an action is named in small letters, such as contact.update.")
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
    if rule.is_static and (rule.acr or rule.purpose or rule.threshold):
        raise PolicyInvalid(path, "a static action asks for no proof, consent or confidence: it knows no session.")
    if rule.acr == "0":
        raise PolicyInvalid(f"{path}.acr", "asks for nothing; write none.")
    if not rule.is_static and rule.threshold == 0.0:
        raise PolicyInvalid(f"{path}.threshold", "is 0: only a static action asks for no confidence.")
    if rule.high_risk and rule.match is Match.ANY:
        raise PolicyInvalid(f"{path}.match", "a high-risk action takes no probabilistic match.")


def _none_or(read: Any, nothing: Any) -> Any:
    return lambda value, path: nothing if value == "none" else read(value, path)


def _threshold(value: object, path: str) -> float:
    return 0.0 if value == 0 and not isinstance(value, bool) else read_probability(value, path)


def _purpose(value: object, path: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or not _PURPOSE.fullmatch(value):
        raise PolicyInvalid(path, "must be a purpose such as marketing.email, or none.")
    return value


def _conditions(value: object, path: str) -> tuple[Condition, ...]:
    if not isinstance(value, list) or len(value) > _MOST_CONDITIONS:
        raise PolicyInvalid(path, f"must be a list of at most {_MOST_CONDITIONS} conditions.")
    return tuple(_condition(each, f"{path}.{index}") for index, each in enumerate(value))


def _condition(value: object, path: str) -> Condition:
    fields = members(value, path, ("if", "then"))
    effect, attributes = fields.get("then"), fields.get("if")
    if effect not in tuple(each.value for each in Effect):
        raise PolicyInvalid(f"{path}.then", f"must be one of {quoted(tuple(each.value for each in Effect))}.")
    if not isinstance(attributes, Mapping) or not attributes:
        raise PolicyInvalid(f"{path}.if", "must name at least one attribute of the request.")
    named = tuple(
        (_attribute(name, f"{path}.if"), _values(each, f"{path}.if.{name}")) for name, each in attributes.items()
    )
    return Condition(attributes=tuple(sorted(named, key=lambda each: each[0])), effect=Effect(str(effect)))


def _attribute(name: object, path: str) -> str:
    if not isinstance(name, str) or not _ATTRIBUTE.fullmatch(name):
        raise PolicyInvalid(at(path, name), "must be an attribute such as subject.id or resource.properties.status.")
    return name


def _values(value: object, path: str) -> tuple[Plain, ...]:
    values = value if isinstance(value, list) else [value]
    if not 1 <= len(values) <= _MOST_VALUES or not all(_is_plain(each) for each in values):
        raise PolicyInvalid(path[:100], "must be a text, number, true or false, or a list of such.")
    return tuple(values)


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST_VALUE and value.isprintable()
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def _match(value: object, path: str) -> Match:
    if value not in tuple(each.value for each in Match):
        raise PolicyInvalid(path, f"must be one of {quoted(tuple(each.value for each in Match))}.")
    return Match(str(value))


_READERS: dict[str, Any] = {
    "conditions": _conditions,
    "threshold": _threshold,
    "acr": _none_or(read_acr, ""),
    "max_age": _none_or(read_duration, None),
    "purpose": _none_or(_purpose, ""),
    "match": _match,
    "live_only": read_flag,
    "feed_max_age": _none_or(read_duration, None),
    "high_risk": read_flag,
    "independent_channels": lambda value, path: read_number(value, path, least=0, most=_MOST_CHANNELS),
    "cool_down": _none_or(read_duration, None),
    "resources": lambda value, path: read_words(value, path, RESOURCES, needed="kind of resource"),
}
