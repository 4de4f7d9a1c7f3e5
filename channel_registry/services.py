"""What operators do with channels: opening, naming, shutting and letting in, publishing policies."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from audit import journal
from audit.types import EventType
from channel_registry import events, queries, rules
from channel_registry.errors import ChannelExists
from channel_registry.models import Channel, LivePolicy, PolicyVersion
from channel_registry.types import Change, ChannelEntry, ChannelPolicy
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
    _tell(events.CHANNEL_CREATED, slug, call, name=name)
    return channel


@deed
def rename_channel(*, channel: str, name: str, call: CallContext) -> bool:
    """Give a channel another display name; False when it has that name. Raises NotFound, ChannelInvalid."""
    name = rules.check_name(name)
    row = _lock(channel)
    if row.name == name:
        return False
    row.name = name
    row.save(update_fields=["name"])
    _tell(events.CHANNEL_RENAMED, channel, call, name=name)
    return True


@deed
def enable_channel(*, channel: str, call: CallContext) -> bool:
    """Let a channel in again; False when it was enabled already. Raises NotFound."""
    return _switch(channel, True, events.CHANNEL_ENABLED, call)


@deed
def disable_channel(*, channel: str, call: CallContext) -> bool:
    """Shut a channel out, on every node within a second; False when it was disabled already. Raises NotFound."""
    return _switch(channel, False, events.CHANNEL_DISABLED, call)


@deed
def publish_policy(*, channel: str, body: object, call: CallContext) -> PolicyVersion:
    """Put a policy in force as a new version, numbered from 1 on without gaps, and answer that version.

    A body that means the same as the live one changes nothing and answers the live version. See
    `rules.parse_policy` for the body. Raises PolicyInvalid, NotFound.
    """
    policy = rules.parse_policy(body)
    return _publish(_lock(channel), policy, call)


@deed
def apply_channels(*, document: Mapping[str, Any], call: CallContext) -> list[Change]:
    """Make the channels as a document says, all or nothing, and answer what changed.

    Applying it again changes nothing. Channels that it does not name stay as they are; nothing is ever deleted.
    See `rules.parse_document` for its shape. Raises PolicyInvalid.
    """
    changes: list[Change] = []
    for entry in rules.parse_document(document):  # sorted: two documents at once never wait in a circle
        row = Channel.objects.select_for_update(no_key=True).filter(slug=entry.slug).first()
        changes += rules.list_differences(entry, queries.get_state(row) if row else None)
        _apply(entry, row is not None, call)
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
        _publish(_lock(entry.slug), entry.policy, call)


def _switch(channel: str, enabled: bool, event: EventType, call: CallContext) -> bool:
    row = _lock(channel)
    if row.enabled == enabled:
        return False
    row.enabled = enabled
    row.save(update_fields=["enabled"])
    _tell(event, channel, call)
    return True


def _publish(channel: Channel, policy: ChannelPolicy, call: CallContext) -> PolicyVersion:
    """The caller holds the channel's row lock, which is what keeps the numbers without gaps."""
    digest = rules.digest_policy(policy)
    live = queries.find_live_version(channel.slug)
    if live is not None and live.digest == digest:
        return live
    last = PolicyVersion.objects.filter(channel=channel).aggregate(last=Max("number"))["last"] or 0
    version = PolicyVersion.objects.create(
        channel=channel,
        number=last + 1,
        body=rules.render_policy(policy),
        digest=digest,
        author=call.caller.actor,
        created_at=call.now,
    )
    LivePolicy.objects.update_or_create(
        channel=channel, defaults={"version": version, "published_at": call.now, "publisher": call.caller.actor}
    )
    _tell(events.POLICY_PUBLISHED, channel.slug, call, number=version.number, digest=digest)
    return version


def _lock(slug: str) -> Channel:
    row = Channel.objects.select_for_update(no_key=True).filter(slug=slug).first()  # sessions that begin do not wait
    if row is None:
        raise NotFound("There is no such channel.")
    return row


def _tell(event: EventType, slug: str, call: CallContext, **payload: Any) -> None:
    journal.record(event, call=call, channel=slug, payload={"channel": slug, **payload})
    queries.forget_policies()
    transaction.on_commit(queries.forget_policies)  # a thread may have read the old state again before the commit
