"""Questions about channels; the live policies are answered from memory, at most a second old on every node."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from channel_registry import rules
from channel_registry.errors import ChannelUnavailable
from channel_registry.models import Channel, LivePolicy, PolicyVersion
from channel_registry.types import DEFAULT_POLICY, Change, ChannelPolicy, ChannelState
from kit.fresh import Fresh

FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Snapshot:
    policies: dict[str, ChannelPolicy]  # enabled channels only
    by_digest: dict[str, ChannelPolicy]


def get_policy(channel_slug: str) -> ChannelPolicy:
    """The policy in force on a channel; the default policy before one is published.

    A change on any node counts here within one second. Raises ChannelUnavailable when the channel is unknown or
    disabled.
    """
    policy = _memory.get().policies.get(channel_slug)
    if policy is None:
        raise ChannelUnavailable
    return policy


def list_channels() -> list[Channel]:
    """All channels by short name, disabled ones too, each with its live policy version."""
    return list(Channel.objects.select_related("live__version"))


def find_live_version(channel_slug: str) -> PolicyVersion | None:
    """The published version in force; None while the default policy holds."""
    live = LivePolicy.objects.select_related("version").filter(channel_id=channel_slug).first()
    return live.version if live else None


def plan_channels(document: Mapping[str, Any]) -> list[Change]:
    """What `services.apply_channels` would change, without changing it. Raises PolicyInvalid."""
    states = {row.slug: get_state(row) for row in list_channels()}
    entries = rules.parse_document(document)
    return [change for entry in entries for change in rules.list_differences(entry, states.get(entry.slug))]


def export_channels() -> dict[str, Any]:
    """All channels as a document that `services.apply_channels` takes; a policy only where one was published."""
    channels: dict[str, Any] = {}
    for row in list_channels():
        channels[row.slug] = {"name": row.name, "enabled": row.enabled}
        if (live := _live(row)) is not None:
            channels[row.slug]["policy"] = live.version.body
    return {"channels": channels}


def get_state(row: Channel) -> ChannelState:
    """How a channel stands, for comparing it with a document."""
    live = _live(row)
    return ChannelState(name=row.name, enabled=row.enabled, digest=live.version.digest if live else None)


def forget_policies() -> None:
    """Drop what this process remembers; the next question reads the database."""
    _memory.forget()


def _live(row: Channel) -> LivePolicy | None:
    return getattr(row, "live", None)  # Django raises an AttributeError of its own for a missing one-to-one row


def _read(snapshot: _Snapshot | None) -> _Snapshot:
    """One small query; bodies are fetched for digests not seen before, which is once per version."""
    known = snapshot.by_digest if snapshot else {}
    live = dict(Channel.objects.filter(enabled=True).order_by().values_list("slug", "live__version__digest"))
    missing = {digest for digest in live.values() if digest and digest not in known}
    fetched = {row.digest: replace(rules.parse_policy(row.body), digest=row.digest) for row in _versions(missing)}
    by_digest = {digest: policy for digest, policy in (known | fetched).items() if digest in live.values()}
    policies = {slug: by_digest[digest] if digest else DEFAULT_POLICY for slug, digest in live.items()}
    return _Snapshot(policies=policies, by_digest=by_digest)


def _versions(digests: set[str]) -> list[PolicyVersion]:
    return list(PolicyVersion.objects.filter(digest__in=digests)) if digests else []


_memory: Fresh[_Snapshot] = Fresh(_read, seconds=FRESH_SECONDS)
