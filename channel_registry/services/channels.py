"""Opening a channel, naming it, shutting it out and letting it in."""

from typing import Any

from django.db import transaction

from audit import journal
from audit.types import EventType
from channel_registry import events, queries, rules
from channel_registry.errors import ChannelExists
from channel_registry.models import Channel
from kit.call import CallContext
from kit.refusal import NotFound
from kit.unit_of_work import deed


@deed
def create_channel(*, slug: str, name: str, call: CallContext) -> Channel:
    """Open a channel, enabled, with the default policy.

    `slug` is its short name for ever: lower-case letters, digits and `_`. Raises ChannelInvalid, ChannelExists.
    """
    slug, name = rules.check_slug(slug), rules.check_name(name)
    channel, created = Channel.objects.get_or_create(slug=slug, defaults={"name": name, "created_at": call.now})
    if not created:
        raise ChannelExists
    tell(events.CHANNEL_CREATED, slug, call, name=name)
    return channel


@deed
def rename_channel(*, channel: str, name: str, call: CallContext) -> bool:
    """Give a channel another display name; False when it has that name. Raises NotFound, ChannelInvalid."""
    name = rules.check_name(name)
    row = lock_channel(channel)
    if row.name == name:
        return False
    row.name = name
    row.save(update_fields=["name"])
    tell(events.CHANNEL_RENAMED, channel, call, name=name)
    return True


@deed
def enable_channel(*, channel: str, call: CallContext) -> bool:
    """Let a channel in again; False when it was enabled already. Raises NotFound."""
    return _switch(channel, True, events.CHANNEL_ENABLED, call)


@deed
def disable_channel(*, channel: str, call: CallContext) -> bool:
    """Shut a channel out, on every node within a second; False when it was disabled already. Raises NotFound."""
    return _switch(channel, False, events.CHANNEL_DISABLED, call)


def _switch(channel: str, enabled: bool, event: EventType, call: CallContext) -> bool:
    row = lock_channel(channel)
    if row.enabled == enabled:
        return False
    row.enabled = enabled
    row.save(update_fields=["enabled"])
    tell(event, channel, call)
    return True


def lock_channel(slug: str) -> Channel:
    """The channel, held until the deed ends: what keeps versions without gaps. Raises NotFound."""
    row = Channel.objects.select_for_update(no_key=True).filter(slug=slug).first()  # sessions that begin do not wait
    if row is None:
        raise NotFound("There is no such channel.")
    return row


def tell(event: EventType, slug: str, call: CallContext, **payload: Any) -> None:
    """The journal's line about a channel; what is remembered of policies is dropped."""
    journal.record(event, call=call, channel=slug, payload={"channel": slug, **payload})
    queries.forget_policies()
    transaction.on_commit(queries.forget_policies)  # a thread may have read the old state again before the commit
