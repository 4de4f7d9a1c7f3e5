"""What the key ring announces; observations, about no subject."""

from audit.types import EventType

KEY_CREATED = EventType("key.created", "A signing key was made and published ahead of its turn.")
KEY_ACTIVATED = EventType("key.activated", "A signing key signs from now on.")
KEY_RETIRED = EventType("key.retired", "A signing key signs no more; its tokens still verify.")
KEY_REMOVED = EventType("key.removed", "A retired signing key is published no more; its tokens stop verifying.")
