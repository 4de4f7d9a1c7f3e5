"""What policies and documents may say: parsing, writing out and comparing, without a database."""

from channel_registry.rules.actions import parse_actions, render_action
from channel_registry.rules.documents import list_differences, parse_document
from channel_registry.rules.fields import LONGEST_SECONDS, MINUTE, render_duration
from channel_registry.rules.names import check_name, check_slug
from channel_registry.rules.policies import digest_policy, parse_policy, render_policy
from channel_registry.rules.sources import digest_sources, parse_sources, render_sources
from channel_registry.rules.texts import at_path, check_policy, read_text, with_line
from channel_registry.rules.weakest import list_entrances, list_findings, list_reachable
from channel_registry.rules.words import compare_bodies, describe_action, describe_policy

__all__ = [
    "LONGEST_SECONDS",
    "MINUTE",
    "at_path",
    "check_name",
    "check_policy",
    "check_slug",
    "compare_bodies",
    "describe_action",
    "describe_policy",
    "digest_policy",
    "digest_sources",
    "list_differences",
    "list_entrances",
    "list_findings",
    "list_reachable",
    "parse_actions",
    "parse_document",
    "parse_policy",
    "parse_sources",
    "read_text",
    "render_action",
    "render_duration",
    "render_policy",
    "render_sources",
    "with_line",
]
