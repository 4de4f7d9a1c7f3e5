"""What operators do with channels and their policies."""

from channel_registry.services.channels import create_channel, disable_channel, enable_channel, rename_channel
from channel_registry.services.documents import apply_channels, apply_sources
from channel_registry.services.drafts import (
    approve_draft,
    change_draft,
    draft_policy,
    draft_sources,
    keep_simulation,
    propose_draft,
    reject_draft,
    withdraw_draft,
)
from channel_registry.services.policies import publish_policy, rollback_policy
from channel_registry.services.sources import publish_sources, rollback_sources

__all__ = [
    "apply_channels",
    "apply_sources",
    "approve_draft",
    "change_draft",
    "create_channel",
    "disable_channel",
    "draft_policy",
    "draft_sources",
    "enable_channel",
    "keep_simulation",
    "propose_draft",
    "publish_policy",
    "publish_sources",
    "reject_draft",
    "rename_channel",
    "rollback_policy",
    "rollback_sources",
    "withdraw_draft",
]
