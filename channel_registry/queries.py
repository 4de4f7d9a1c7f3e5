"""Questions about channels; the live policies are answered from memory, at most a second old on every node."""

import threading
import time
from dataclasses import dataclass

from channel_registry import rules
from channel_registry.errors import ChannelUnavailable
from channel_registry.models import Channel, LivePolicy, PolicyVersion
from channel_registry.types import DEFAULT_POLICY, ChannelPolicy

FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Snapshot:
    policies: dict[str, ChannelPolicy]  # enabled channels only
    by_digest: dict[str, ChannelPolicy]
    checked_at: float  # time.monotonic: a wall clock that is set back must not stop the checks


_lock = threading.Lock()
_snapshot: _Snapshot | None = None


def get_policy(channel_slug: str) -> ChannelPolicy:
    """The policy in force on a channel; the default policy before one is published.

    A change on any node counts here within one second. Raises ChannelUnavailable when the channel is unknown or
    disabled.
    """
    policy = _fresh_snapshot().policies.get(channel_slug)
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


def forget_policies() -> None:
    """Drop what this process remembers; the next question reads the database."""
    global _snapshot
    with _lock:  # waits for a reading in progress, whose answer would otherwise come back afterwards
        _snapshot = None


def _fresh_snapshot() -> _Snapshot:
    global _snapshot
    snapshot = _snapshot
    if snapshot is not None and time.monotonic() - snapshot.checked_at < FRESH_SECONDS:
        return snapshot
    with _lock:  # one thread asks; the others wait for its answer rather than ask too
        snapshot = _snapshot
        if snapshot is None or time.monotonic() - snapshot.checked_at >= FRESH_SECONDS:
            _snapshot = snapshot = _read(snapshot.by_digest if snapshot else {})
        return snapshot


def _read(known: dict[str, ChannelPolicy]) -> _Snapshot:
    """One small query; bodies are fetched for digests not seen before, which is once per version."""
    now = time.monotonic()  # before the read: what is committed during it counts as not yet seen
    live = dict(Channel.objects.filter(enabled=True).order_by().values_list("slug", "live__version__digest"))
    missing = {digest for digest in live.values() if digest and digest not in known}
    fetched = {row.digest: rules.parse_policy(row.body) for row in _versions(missing)}
    by_digest = {digest: policy for digest, policy in (known | fetched).items() if digest in live.values()}
    policies = {slug: by_digest[digest] if digest else DEFAULT_POLICY for slug, digest in live.items()}
    return _Snapshot(policies=policies, by_digest=by_digest, checked_at=now)


def _versions(digests: set[str]) -> list[PolicyVersion]:
    return list(PolicyVersion.objects.filter(digest__in=digests)) if digests else []
