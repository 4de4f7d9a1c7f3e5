"""Documents of channels: reading them, and what one would change."""

import json
from collections.abc import Callable, Mapping

from channel_registry.errors import ChannelInvalid, PolicyInvalid
from channel_registry.rules.names import check_name, check_slug
from channel_registry.rules.policies import digest_policy, render_policy
from channel_registry.rules.texts import at_path, check_policy
from channel_registry.types import Change, ChangeKind, ChannelEntry, ChannelState

_ENTRY_FIELDS = ("name", "enabled", "policy")


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
        policy=at_path(f"{path}.policy", lambda: check_policy(value["policy"])) if "policy" in value else None,
    )


def _named(check: Callable[[object], str], value: object, path: str) -> str:
    try:
        return check(value)
    except ChannelInvalid as error:
        raise PolicyInvalid(path, error.detail) from error
