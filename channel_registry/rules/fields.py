"""Reading the fields of a policy: each reader names the field it refuses."""

import re
from collections.abc import Mapping, Sequence

from channel_registry.errors import PolicyInvalid
from channel_registry.types import ACR_LADDER, DAY

MINUTE = 60
LONGEST_SECONDS = 30 * DAY
"""NIST SP 800-63B-4: whatever was proved at level 1 is proved again after 30 days."""

_UNITS = {"d": DAY, "h": 3600, "m": MINUTE, "s": 1}
_DURATION = re.compile(r"([1-9][0-9]{0,8})([dhms])")
_LONGEST_PATH = 100


def members(value: object, path: str, known: Sequence[str]) -> Mapping[str, object]:
    """A group of fields, none of them unknown."""
    if not isinstance(value, Mapping):
        raise PolicyInvalid(path, "must be a group of fields.")
    for key in value:
        if key not in known:
            raise PolicyInvalid(at(path, key), f"is not known here; known are {', '.join(known)}.")
    return value


def at(path: str, key: object) -> str:
    """The path of a field inside a group."""
    return (f"{path}.{key}" if path else str(key))[:_LONGEST_PATH]


def read_acr(value: object, path: str) -> str:
    """A level of the ladder."""
    if not isinstance(value, str) or value not in ACR_LADDER:
        raise PolicyInvalid(path, f"must be one of {quoted(ACR_LADDER)}.")
    return value


def read_words(value: object, path: str, known: Sequence[str], *, needed: str) -> tuple[str, ...]:
    """A list of known words, none of them twice, in their canonical order; at least one, `needed` says of what."""
    if not isinstance(value, list) or not value:
        raise PolicyInvalid(path, f"must be a list with at least one {needed}.")
    for index, each in enumerate(value):
        if not isinstance(each, str) or each not in known:
            raise PolicyInvalid(f"{path}.{index}", f"must be one of {quoted(known)}.")
        if each in value[:index]:
            raise PolicyInvalid(f"{path}.{index}", "stands twice.")
    return tuple(word for word in known if word in value)


def read_duration(value: object, path: str) -> int:
    """A duration such as `15m`, in seconds: one minute at least, 30 days at most."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PolicyInvalid(path, "must be a duration such as 15m, 12h or 30d.")
    seconds = int(match[1]) * _UNITS[match[2]]
    if not MINUTE <= seconds <= LONGEST_SECONDS:
        raise PolicyInvalid(path, "must be between 1m and 30d.")
    return seconds


def read_probability(value: object, path: str, *, least: float = 0.0, most: float = 1.0) -> float:
    """A number strictly between `least` and `most`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least < value < most:
        raise PolicyInvalid(path, f"must be a number between {least} and {most}, both excluded.")
    return float(value)


def read_number(value: object, path: str, *, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise PolicyInvalid(path, f"must be a whole number from {least} to {most}.")
    return value


def read_flag(value: object, path: str) -> bool:
    """True or false, nothing that merely looks like it."""
    if not isinstance(value, bool):
        raise PolicyInvalid(path, "must be true or false.")
    return value


def render_duration(seconds: int) -> str:
    """A duration in the largest unit that divides it: 86400 is `1d`, 90 is `90s`."""
    unit, size = next((unit, size) for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // size}{unit}"


def quoted(words: Sequence[str]) -> str:
    """Words for a sentence; quoted, because in YAML a bare 0 is a number."""
    return ", ".join(f'"{word}"' for word in words)
