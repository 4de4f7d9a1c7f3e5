"""What this room announces."""

from audit.types import EventType

SESSION_STARTED = EventType("session.started", "A session began on a device and channel.", deliverable=True)
SESSION_CARRIED_OVER = EventType(
    "session.carried_over", "A session went on to another channel or device, worth what it was.", deliverable=True
)
HANDOFF_OFFERED = EventType("handoff.offered", "A ticket was made that carries a session to another channel or device.")
HANDOFF_REFUSED = EventType(
    "handoff.refused",
    "A ticket was used again, too late, elsewhere or by somebody else: nobody came in.",
    deliverable=True,
)
SESSION_ELEVATED = EventType("session.elevated", "New proof raised the level of a session.", deliverable=True)
SESSION_LOWERED = EventType("session.lowered", "A session lost evidence that no longer counts.", deliverable=True)
SESSION_REVOKED = EventType("session.revoked", "A session was ended before its time.", deliverable=True)
SESSION_PROMOTED = EventType(
    "session.promoted", "The history of an anonymous device was linked to who signed in.", deliverable=True
)
AUTHENTICATOR_USED = EventType("authenticator.used", "A person proved again to be the one, at the same level.")
