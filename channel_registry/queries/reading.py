"""Policies as operators read them: in words, as text, side by side, and over all channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from channel_registry import rules
from channel_registry.models import PolicyDraft, PolicyVersion, SourceVersion
from channel_registry.queries.channels import find_live_version, list_policies
from channel_registry.queries.documents import read_channels
from channel_registry.types import (
    DEFAULT_POLICY,
    DEFAULT_SOURCES,
    ActionRule,
    ChannelPolicy,
    FieldChange,
    Finding,
    Reachability,
    Sentence,
)


@dataclass(frozen=True, slots=True)
class PolicyInWords:
    """A policy as it is read: its sentences, and each action by name with its class and what it asks for."""

    sentences: tuple[Sentence, ...]
    actions: tuple[tuple[str, str, str], ...]
    text: str


def describe_body(body: Mapping[str, Any]) -> PolicyInWords:
    """A stored body in plain words and as YAML."""
    policy = rules.parse_policy(body)
    return PolicyInWords(
        sentences=rules.describe_policy(policy),
        actions=tuple((rule.name, rule.action_class, rules.describe_action(rule)) for rule in policy.actions),
        text=write_policy(body),
    )


def read_policy(body: Mapping[str, Any]) -> ChannelPolicy:
    """The policy that a stored body is."""
    return rules.parse_policy(body)


def get_live_body(channel_slug: str) -> dict[str, Any]:
    """The body in force on a channel; of the default policy before one is published."""
    live = find_live_version(channel_slug)
    return dict(live.body) if live else rules.render_policy(DEFAULT_POLICY)


def get_base_body(draft: PolicyDraft) -> dict[str, Any]:
    """The body that a change was written on, of its channel's policy or of the sources."""
    if draft.channel_id is None:
        ranking = SourceVersion.objects.filter(digest=draft.base).first() if draft.base else None
        return dict(ranking.body) if ranking else rules.render_sources(DEFAULT_SOURCES)
    base = PolicyVersion.objects.filter(channel_id=draft.channel_id, digest=draft.base).first() if draft.base else None
    return dict(base.body) if base else rules.render_policy(DEFAULT_POLICY)


def write_policy(body: Mapping[str, Any]) -> str:
    """A body as YAML, to be read and edited."""
    return yaml.safe_dump(dict(body), sort_keys=False, allow_unicode=True)


def compare_policies(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The fields in which two stored bodies differ."""
    return rules.compare_bodies(before, after)


def list_actions() -> dict[str, dict[str, ActionRule]]:
    """The catalogue: every action by name, with the rule of each enabled channel that knows it."""
    catalogue: dict[str, dict[str, ActionRule]] = {}
    for slug, policy in list_policies().items():
        for rule in policy.actions:
            catalogue.setdefault(rule.name, {})[slug] = rule
    return dict(sorted(catalogue.items()))


def describe_rule(rule: ActionRule) -> str:
    """What an action asks for, in one line."""
    return rules.describe_action(rule)


def list_reachable(document: Mapping[str, Any] | None = None) -> list[Reachability]:
    """What each action takes at least on each enabled channel; of a document's channels where one is given."""
    return rules.list_reachable(read_policies(document))


def list_findings(document: Mapping[str, Any] | None = None) -> list[Finding]:
    """Every action that asks for less on one channel than on another; raises PolicyInvalid for a wrong document."""
    return rules.list_findings(read_policies(document))


def list_new_findings(channel: str, body: Mapping[str, Any]) -> list[Finding]:
    """What would be guarded less somewhere than elsewhere if a channel had this body, and is not so now."""
    live = list_policies()
    present = set(rules.list_findings(live))
    return [each for each in rules.list_findings(live | {channel: rules.parse_policy(body)}) if each not in present]


def read_policies(document: Mapping[str, Any] | None) -> dict[str, ChannelPolicy]:
    """The policies of the channels of a document that are open, or of those in force; raises PolicyInvalid."""
    if document is None:
        return list_policies()
    entries = read_channels(document)
    return {each.slug: each.policy or DEFAULT_POLICY for each in entries if each.enabled is not False}
