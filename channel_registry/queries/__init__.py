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

__all__ = [
    "export_channels",
    "find_live_version",
    "find_version",
    "forget_policies",
    "get_draft",
    "get_policy",
    "get_state",
    "list_channels",
    "list_drafts",
    "list_versions",
    "plan_channels",
    "read_channels",
]
