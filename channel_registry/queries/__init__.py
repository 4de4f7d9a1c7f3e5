"""Questions about channels, their policies and the changes on their way."""

from channel_registry.queries.channels import (
    find_live_version,
    find_version,
    forget_policies,
    get_draft,
    get_policy,
    list_channels,
    list_drafts,
    list_versions,
)
from channel_registry.queries.documents import export_channels, get_state, plan_channels, read_channels
from channel_registry.queries.reading import (
    PolicyInWords,
    compare_policies,
    describe_body,
    describe_rule,
    get_base_body,
    get_live_body,
    list_actions,
    list_findings,
    list_new_findings,
    list_reachable,
    read_policy,
    write_policy,
)

__all__ = [
    "PolicyInWords",
    "compare_policies",
    "describe_body",
    "describe_rule",
    "export_channels",
    "find_live_version",
    "find_version",
    "forget_policies",
    "get_base_body",
    "get_draft",
    "get_live_body",
    "get_policy",
    "get_state",
    "list_actions",
    "list_channels",
    "list_drafts",
    "list_findings",
    "list_new_findings",
    "list_reachable",
    "list_versions",
    "plan_channels",
    "read_channels",
    "read_policy",
    "write_policy",
]
