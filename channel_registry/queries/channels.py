"""Questions about channels; the live policies are answered from memory, at most a second old on every node."""

from dataclasses import dataclass, replace

from channel_registry import rules
from channel_registry.errors import ChannelUnavailable
from channel_registry.models import Channel, LivePolicy, PolicyDraft, PolicyVersion
from channel_registry.types import DEFAULT_POLICY, ChannelPolicy
from kit.fresh import Fresh
from kit.refusal import NotFound

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


def list_policies() -> dict[str, ChannelPolicy]:
    """The policy in force on every enabled channel by short name, as the database has it now: for who governs them."""
    return dict(sorted(_memory.get(seconds=0).policies.items()))


def list_channels() -> list[Channel]:
    """All channels by short name, disabled ones too, each with its live policy version."""
    return list(Channel.objects.select_related("live__version"))


def find_live_version(channel_slug: str) -> PolicyVersion | None:
    """The published version in force; None while the default policy holds."""
    live = LivePolicy.objects.select_related("version").filter(channel_id=channel_slug).first()
    return live.version if live else None


def list_versions(channel_slug: str) -> list[PolicyVersion]:
    """Every version of a channel's policy, the newest first."""
    return list(PolicyVersion.objects.filter(channel_id=channel_slug))


def find_version(channel_slug: str, number: int) -> PolicyVersion | None:
    """One version of a channel's policy; None where there is no such number."""
    return PolicyVersion.objects.filter(channel_id=channel_slug, number=number).first()


def list_drafts(*, channel: str | None = "", limit: int = 50) -> list[PolicyDraft]:
    """The newest changes first: written, proposed and decided ones.

    Of one channel, of everything (an empty `channel`), or of the ranking of the sources (None).
    """
    rows = PolicyDraft.objects.select_related("channel")
    return list((rows if channel == "" else rows.filter(channel_id=channel))[:limit])


def get_draft(draft: int) -> PolicyDraft:
    """One change. Raises NotFound."""
    row = PolicyDraft.objects.select_related("channel").filter(pk=draft).first()
    if row is None:
        raise NotFound("There is no such change.")
    return row


def forget_policies() -> None:
    """Drop what this process remembers; the next question reads the database."""
    _memory.forget()


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
