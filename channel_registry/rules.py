"""What a policy may say: parsing, writing out and comparing, without a database."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from channel_registry.errors import ChannelInvalid, PolicyInvalid
from channel_registry.types import (
    ACR_LADDER,
    DAY,
    DEFAULT_POLICY,
    WAYS_IN,
    Change,
    ChangeKind,
    ChannelEntry,
    ChannelPolicy,
    ChannelState,
)

MINUTE = 60
LONGEST_SECONDS = 30 * DAY
"""NIST SP 800-63B-4: whatever was proved at level 1 is proved again after 30 days."""

SHORTEST_PASSWORD_ALONE, SHORTEST_PASSWORD_BESIDE, LONGEST_MINIMUM = 15, 8, 64
"""NIST SP 800-63B-4: 15 characters as the only factor, 8 beside another; 64 must always be allowed."""

_GIVE_REFRESH_TOKENS = {"authorization_code", "device_code", "ciba", "token_exchange"}
_UNITS = {"d": DAY, "h": 3600, "m": MINUTE, "s": 1}
_DURATION = re.compile(r"([1-9][0-9]{0,8})([dhms])")
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NAME_LENGTH = 100
_ENTRY_FIELDS = ("name", "enabled", "policy")
_FIELDS: dict[str, tuple[str, ...]] = {
    "": ("minimum_acr", "ways_in", "session", "refresh", "passwords"),
    "session": ("idle", "absolute", "verified"),
    "refresh": ("absolute",),
    "passwords": ("alone", "beside_second_factor"),
}


def parse_policy(body: object) -> ChannelPolicy:
    """Read a policy body; a field left out has the default policy's value, cut to `session.absolute`.

    ::

        {"minimum_acr": "urn:throughline:1fa",
         "ways_in": ["authorization_code", "refresh_token", "client_credentials"],
         "session": {"idle": "30d", "absolute": "30d", "verified": "1d"},
         "refresh": {"absolute": "30d"},
         "passwords": {"alone": 15, "beside_second_factor": 8}}

    Durations are a whole number and a unit: `45s`, `15m`, `12h`, `30d`; one minute at least, 30 days at most.
    Raises PolicyInvalid, whose `path` names the field, for unknown fields, wrong types and contradictions.
    """
    fields = _members(body, "")
    session = _members(fields.get("session", {}), "session")
    refresh = _members(fields.get("refresh", {}), "refresh")
    passwords = _members(fields.get("passwords", {}), "passwords")
    absolute = _duration(session, "session.absolute", DEFAULT_POLICY.session_absolute_seconds)
    policy = ChannelPolicy(
        minimum_acr=_acr(fields.get("minimum_acr", DEFAULT_POLICY.minimum_acr)),
        grants=_ways_in(fields.get("ways_in", list(DEFAULT_POLICY.grants))),
        session_idle_seconds=_duration(session, "session.idle", min(DEFAULT_POLICY.session_idle_seconds, absolute)),
        session_absolute_seconds=absolute,
        refresh_absolute_seconds=_duration(
            refresh, "refresh.absolute", min(DEFAULT_POLICY.refresh_absolute_seconds, absolute)
        ),
        verified_seconds=_duration(session, "session.verified", DEFAULT_POLICY.verified_seconds),
        password_alone=_length(passwords, "alone", SHORTEST_PASSWORD_ALONE),
        password_beside_second_factor=_length(passwords, "beside_second_factor", SHORTEST_PASSWORD_BESIDE),
    )
    _refuse_contradictions(policy)
    return policy


def render_policy(policy: ChannelPolicy) -> dict[str, Any]:
    """The complete, canonical body of a policy: `parse_policy(render_policy(p)) == p`."""
    return {
        "minimum_acr": policy.minimum_acr,
        "ways_in": list(policy.grants),
        "session": {
            "idle": render_duration(policy.session_idle_seconds),
            "absolute": render_duration(policy.session_absolute_seconds),
            "verified": render_duration(policy.verified_seconds),
        },
        "refresh": {"absolute": render_duration(policy.refresh_absolute_seconds)},
        "passwords": {
            "alone": policy.password_alone,
            "beside_second_factor": policy.password_beside_second_factor,
        },
    }


def digest_policy(policy: ChannelPolicy) -> str:
    """SHA-256 over the canonical body: two bodies that mean the same have the same digest."""
    canonical = json.dumps(render_policy(policy), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def render_duration(seconds: int) -> str:
    """A duration in the largest unit that divides it: 86400 is `1d`, 90 is `90s`."""
    unit, size = next((unit, size) for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // size}{unit}"


def parse_document(document: object) -> list[ChannelEntry]:
    """Read the `channels` of a document, by short name; every other part of it is somebody else's.

    ::

        channels:
          web: {name: Web, enabled: true, policy: {minimum_acr: "urn:throughline:1fa"}}

    Whatever an entry leaves out stays as it is. Raises PolicyInvalid, whose `path` names the field.
    """
    if not isinstance(document, Mapping):
        raise PolicyInvalid("", "The document must be a group of fields.")
    channels = document.get("channels", {})
    if not isinstance(channels, Mapping):
        raise PolicyInvalid("channels", "must be a group of channels by short name.")
    entries = [_entry(slug, value) for slug, value in channels.items()]
    return sorted(entries, key=lambda entry: entry.slug)


def list_differences(entry: ChannelEntry, state: ChannelState | None) -> list[Change]:
    """What applying an entry changes on a channel that is as `state` says, or that does not exist yet.

    Raises PolicyInvalid when a new channel is given no name.
    """
    if state is None and entry.name is None:
        raise PolicyInvalid(f"channels.{entry.slug}.name", "is needed for a new channel.")
    changes: list[Change] = []
    name, enabled, digest = (state.name, state.enabled, state.digest) if state else (entry.name, True, None)
    if state is None:
        changes.append(Change(entry.slug, ChangeKind.CREATE, f"name {entry.name}"))
    if entry.name is not None and entry.name != name:
        changes.append(Change(entry.slug, ChangeKind.RENAME, f"{name} to {entry.name}"))
    if entry.enabled is not None and entry.enabled != enabled:
        changes.append(Change(entry.slug, ChangeKind.ENABLE if entry.enabled else ChangeKind.DISABLE))
    if entry.policy is not None and digest_policy(entry.policy) != digest:
        changes.append(Change(entry.slug, ChangeKind.PUBLISH, json.dumps(render_policy(entry.policy))))
    return changes


def _entry(slug: object, value: object) -> ChannelEntry:
    path = f"channels.{slug}"[:100]
    if not isinstance(value, Mapping):
        raise PolicyInvalid(path, "must be a group of fields.")
    for key in value:
        if key not in _ENTRY_FIELDS:
            raise PolicyInvalid(f"{path}.{key}"[:200], f"is not known here; known are {', '.join(_ENTRY_FIELDS)}.")
    if not isinstance(value.get("enabled", True), bool):
        raise PolicyInvalid(f"{path}.enabled", "must be true or false.")
    return ChannelEntry(
        slug=_named(check_slug, slug, path),
        name=_named(check_name, value["name"], f"{path}.name") if "name" in value else None,
        enabled=value.get("enabled"),
        policy=_policy_at(value["policy"], f"{path}.policy") if "policy" in value else None,
    )


def _named(check: Callable[[object], str], value: object, path: str) -> str:
    try:
        return check(value)
    except ChannelInvalid as error:
        raise PolicyInvalid(path, error.detail) from error


def _policy_at(body: object, path: str) -> ChannelPolicy:
    try:
        return parse_policy(body)
    except PolicyInvalid as error:
        raise PolicyInvalid(f"{path}.{error.path}".rstrip("."), error.problem) from error


def check_slug(slug: object) -> str:
    """A channel's short name: lower-case letters, digits and `_`, from a letter on, at most 32."""
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise ChannelInvalid("The short name has lower-case letters, digits and _, and starts with a letter.")
    return slug


def check_name(name: object) -> str:
    """A channel's display name: one line of at most 100 printable characters."""
    if not isinstance(name, str) or not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
        raise ChannelInvalid(f"The name is one line of at most {_NAME_LENGTH} characters.")
    return name.strip()


def _members(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise PolicyInvalid(path, "must be a group of fields.")
    known = _FIELDS[path]
    for key in value:
        if key not in known:
            where = f"{path}.{key}" if path else str(key)
            raise PolicyInvalid(where[:100], f"is not known here; known are {', '.join(known)}.")
    return value


def _acr(value: object) -> str:
    if not isinstance(value, str) or value not in ACR_LADDER:
        raise PolicyInvalid("minimum_acr", f"must be one of {_quoted(ACR_LADDER)}.")
    return value


def _ways_in(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise PolicyInvalid("ways_in", "must be a list with at least one way in.")
    for index, each in enumerate(value):
        if not isinstance(each, str) or each not in WAYS_IN:
            raise PolicyInvalid(f"ways_in.{index}", f"must be one of {_quoted(WAYS_IN)}.")
        if each in value[:index]:
            raise PolicyInvalid(f"ways_in.{index}", "stands twice.")
    return tuple(way for way in WAYS_IN if way in value)


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f'"{word}"' for word in words)  # quoted, because in YAML a bare 0 is a number


def _duration(group: Mapping[str, object], path: str, default: int) -> int:
    name = path.rpartition(".")[2]
    if name not in group:
        return default
    value = group[name]
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PolicyInvalid(path, "must be a duration such as 15m, 12h or 30d.")
    seconds = int(match[1]) * _UNITS[match[2]]
    if not MINUTE <= seconds <= LONGEST_SECONDS:
        raise PolicyInvalid(path, "must be between 1m and 30d.")
    return seconds


def _length(group: Mapping[str, object], name: str, shortest: int) -> int:
    value = group.get(name, shortest)
    if isinstance(value, bool) or not isinstance(value, int) or not shortest <= value <= LONGEST_MINIMUM:
        raise PolicyInvalid(f"passwords.{name}", f"must be a whole number from {shortest} to {LONGEST_MINIMUM}.")
    return value


def _refuse_contradictions(policy: ChannelPolicy) -> None:
    if policy.session_idle_seconds > policy.session_absolute_seconds:
        raise PolicyInvalid("session.idle", "is longer than session.absolute.")
    if policy.refresh_absolute_seconds > policy.session_absolute_seconds:
        raise PolicyInvalid("refresh.absolute", "is longer than session.absolute.")
    if policy.password_beside_second_factor > policy.password_alone:
        raise PolicyInvalid("passwords.beside_second_factor", "is longer than passwords.alone.")
    if "refresh_token" in policy.grants and not _GIVE_REFRESH_TOKENS & set(policy.grants):
        raise PolicyInvalid("ways_in", "has refresh_token without a way in that gives refresh tokens out.")
