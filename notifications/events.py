"""What this room announces."""

from audit.types import EventType

NOTIFICATION_SENT = EventType("notification.sent", "A message was handed to its transport.")
NOTIFICATION_FAILED = EventType("notification.failed", "A message was given up after its last attempt.")
NOTIFICATION_FORGOTTEN = EventType("notification.forgotten", "Messages to an erased person were deleted.")
