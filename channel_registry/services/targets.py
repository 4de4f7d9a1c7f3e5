"""What a change can be of: a channel's policy, or the ranking of the sources. Two brothers with one way into force."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from channel_registry import queries, rules
from channel_registry.models import PolicyDraft
from channel_registry.services.channels import lock_channel
from channel_registry.services.policies import put_in_force, refuse_unmeetable
from channel_registry.services.sources import lock_sources, put_sources_in_force
from kit.call import CallContext


@dataclass(frozen=True, slots=True)
class Target:
    """How a kind of change is held, judged and put in force; each function is given the channel's short name or None.

    `judge` answers the canonical body and its digest, and raises PolicyInvalid.
    """

    hold: Callable[[Any], object]
    judge: Callable[[Any, object], tuple[dict[str, Any], str]]
    live_digest: Callable[[Any], str]
    put: Callable[[PolicyDraft, CallContext], object]


def target_of(channel: str | None) -> Target:
    """What a change with this channel is of; without one it is of the sources."""
    return POLICY if channel else SOURCES


def _judge_policy(channel: str, body: object) -> tuple[dict[str, Any], str]:
    policy = rules.check_policy(body)
    refuse_unmeetable(channel, policy)
    return rules.render_policy(policy), rules.digest_policy(policy)


def _live_policy(channel: str) -> str:
    live = queries.find_live_version(channel)
    return live.digest if live else ""


def _put_policy(draft: PolicyDraft, call: CallContext) -> object:
    assert draft.channel is not None  # the sources have their own
    policy = rules.parse_policy(draft.body)
    return put_in_force(draft.channel, policy, call, author=draft.author, note=draft.note, draft=draft.pk)


def _judge_sources(_channel: None, body: object) -> tuple[dict[str, Any], str]:
    sources = rules.parse_sources(body)
    return rules.render_sources(sources), rules.digest_sources(sources)


def _live_sources(_channel: None) -> str:
    live = queries.find_live_sources()
    return live.digest if live else ""


def _put_sources(draft: PolicyDraft, call: CallContext) -> object:
    sources = rules.parse_sources(draft.body)
    return put_sources_in_force(sources, call, author=draft.author, note=draft.note, draft=draft.pk)


POLICY = Target(lock_channel, _judge_policy, _live_policy, _put_policy)
SOURCES = Target(lambda _channel: lock_sources(), _judge_sources, _live_sources, _put_sources)
