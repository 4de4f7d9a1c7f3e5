"""What the channel registry announces; observations, about no subject."""

from audit.types import EventType

CHANNEL_CREATED = EventType("channel.created", "An operator opened a channel.")
CHANNEL_RENAMED = EventType("channel.renamed", "An operator gave a channel another display name.")
CHANNEL_ENABLED = EventType("channel.enabled", "An operator let a channel in again.")
CHANNEL_DISABLED = EventType("channel.disabled", "An operator shut a channel out.")
POLICY_PUBLISHED = EventType("policy.published", "A new version of a channel's policy is in force.")
