"""Channels as a document: what it would change, and writing it out."""

from collections.abc import Mapping
from typing import Any

from channel_registry import conf, rules
from channel_registry.errors import PolicyInvalid
from channel_registry.models import Channel, LivePolicy
from channel_registry.queries.channels import list_channels
from channel_registry.types import Change, ChannelEntry, ChannelState


def plan_channels(document: Mapping[str, Any]) -> list[Change]:
    """What `services.apply_channels` would change, without changing it. Raises PolicyInvalid."""
    states = {row.slug: get_state(row) for row in list_channels()}
    entries = read_channels(document)
    return [change for entry in entries for change in rules.list_differences(entry, states.get(entry.slug))]


def export_channels() -> dict[str, Any]:
    """All channels as a document that `services.apply_channels` takes; a policy only where one was published."""
    channels: dict[str, Any] = {}
    for row in list_channels():
        channels[row.slug] = {"name": row.name, "enabled": row.enabled}
        if (live := _live(row)) is not None:
            channels[row.slug]["policy"] = live.version.body
    return {"channels": channels}


def read_channels(document: Mapping[str, Any]) -> list[ChannelEntry]:
    """What a document says of channels; raises PolicyInvalid, also for actions that nobody could ever do."""
    entries = rules.parse_document(document)
    for entry in entries:
        for action, reason in conf.policy_check()(entry.slug, entry.policy) if entry.policy else ():
            raise PolicyInvalid(f"channels.{entry.slug}.policy.actions.{action}", reason)
    return entries


def get_state(row: Channel) -> ChannelState:
    """How a channel stands, for comparing it with a document."""
    live = _live(row)
    return ChannelState(name=row.name, enabled=row.enabled, digest=live.version.digest if live else None)


def _live(row: Channel) -> LivePolicy | None:
    return getattr(row, "live", None)  # Django raises an AttributeError of its own for a missing one-to-one row
