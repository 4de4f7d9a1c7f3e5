"""Making channels as a document says."""

from collections.abc import Mapping
from typing import Any

from channel_registry import queries, rules
from channel_registry.models import Channel
from channel_registry.services.channels import (
    create_channel,
    disable_channel,
    enable_channel,
    lock_channel,
    rename_channel,
)
from channel_registry.services.policies import put_in_force
from channel_registry.services.sources import publish_sources
from channel_registry.types import Change, ChannelEntry
from kit.call import CallContext
from kit.unit_of_work import deed


@deed
def apply_channels(*, document: Mapping[str, Any], call: CallContext) -> list[Change]:
    """Make the channels as a document says, all or nothing, and answer what changed.

    Applying it again changes nothing. Channels that it does not name stay as they are; nothing is ever deleted.
    See `rules.parse_document` for its shape. Raises PolicyInvalid.
    """
    changes: list[Change] = []
    for entry in queries.read_channels(document):  # sorted: two documents at once never wait in a circle
        row = Channel.objects.select_for_update(no_key=True).filter(slug=entry.slug).first()
        changes += rules.list_differences(entry, queries.get_state(row) if row else None)
        _apply(entry, row is not None, call)
    return changes


@deed
def apply_sources(*, document: Mapping[str, Any], call: CallContext) -> list[str]:
    """Make the ranking of the sources as a document says, and answer what changed; it may hold none.

    Raises PolicyInvalid.
    """
    changes = queries.plan_sources(document)
    if changes:
        publish_sources(body=document["sources"], call=call)
    return changes


def _apply(entry: ChannelEntry, exists: bool, call: CallContext) -> None:
    """Each step is a deed that does nothing when there is nothing to do."""
    if not exists:
        create_channel(slug=entry.slug, name=entry.name or "", call=call)
    elif entry.name is not None:
        rename_channel(channel=entry.slug, name=entry.name, call=call)
    if entry.enabled is not None:
        (enable_channel if entry.enabled else disable_channel)(channel=entry.slug, call=call)
    if entry.policy is not None:
        put_in_force(lock_channel(entry.slug), entry.policy, call)
