"""What the channel registry announces; observations, about no subject."""

from audit.types import EventType

CHANNEL_CREATED = EventType("channel.created", "An operator opened a channel.")
CHANNEL_RENAMED = EventType("channel.renamed", "An operator gave a channel another display name.")
CHANNEL_ENABLED = EventType("channel.enabled", "An operator let a channel in again.")
CHANNEL_DISABLED = EventType("channel.disabled", "An operator shut a channel out.")
POLICY_PUBLISHED = EventType(
    "policy.published", "A new version of a channel's policy is in force; the line says by which change, or by none."
)
SOURCES_PUBLISHED = EventType("sources.published", "A new ranking of the sources of truth is in force.")
SOURCES_ROLLED_BACK = EventType("sources.rolled_back", "The ranking of the sources went back to an earlier version.")
POLICY_ROLLED_BACK = EventType(
    "policy.rolled_back", "A channel went back to what an earlier version of its policy says."
)
POLICY_DRAFTED = EventType(
    "policy.drafted", "An operator wrote a change of a channel's policy, or without a channel of the sources."
)
POLICY_PROPOSED = EventType("policy.proposed", "An operator proposed a change; it waits for somebody else.")
POLICY_APPROVED = EventType("policy.approved", "A second operator approved a proposed change.")
POLICY_REJECTED = EventType("policy.rejected", "A second operator rejected a proposed change.")
POLICY_WITHDRAWN = EventType("policy.withdrawn", "Its author withdrew a change.")
