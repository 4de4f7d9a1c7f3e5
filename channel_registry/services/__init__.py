"""What operators do with channels and their policies."""

from channel_registry.services.channels import create_channel, disable_channel, enable_channel, rename_channel
from channel_registry.services.documents import apply_channels
from channel_registry.services.drafts import (
    approve_draft,
    change_draft,
    draft_policy,
    keep_simulation,
    propose_draft,
    reject_draft,
    withdraw_draft,
)
from channel_registry.services.policies import publish_policy, rollback_policy

__all__ = [
    "apply_channels",
    "approve_draft",
    "change_draft",
    "create_channel",
    "disable_channel",
    "draft_policy",
    "enable_channel",
    "keep_simulation",
    "propose_draft",
    "publish_policy",
    "reject_draft",
    "rename_channel",
    "rollback_policy",
    "withdraw_draft",
]
