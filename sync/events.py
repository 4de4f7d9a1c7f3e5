"""What this room announces."""

from audit.types import EventType

DELIVERY_CONFIRMED = EventType("delivery.confirmed", "A receiver has confirmed that it was told.")
DELIVERY_UNCONFIRMED = EventType("delivery.unconfirmed", "A receiver has not confirmed after several attempts.")
DELIVERY_ABANDONED = EventType("delivery.abandoned", "A receiver never confirmed; nobody tries any more.")
DELIVERY_REPLAYED = EventType("delivery.replayed", "An operator has a delivery tried again that was given up.")
CONNECTION_CREATED = EventType("connection.created", "An operator connected a system; it is told of changes.")
CONNECTION_CHANGED = EventType("connection.changed", "What a connected system is told, or where, is different.")
CONNECTION_PAUSED = EventType(
    "connection.paused", "A connected system is told nothing until it is resumed; its news waits."
)
CONNECTION_RESUMED = EventType("connection.resumed", "A connected system is told again, what waited first.")
CONNECTION_DISABLED = EventType("connection.disabled", "A connected system is told nothing any more.")
CONNECTION_TESTED = EventType("connection.tested", "An operator sent a verification event to a connected system.")
SECRET_ROTATED = EventType("connection.secret_rotated", "A connected system has a new secret; the old one fades.")
FEED_DEFINED = EventType("feed.defined", "An operator said what a feed brings and what is expected of it.")
FEED_ROLLED_BACK = EventType(
    "feed.rolled_back", "A feed was found poisoned: what it had delivered since the last good watermark counts no more."
)
BATCH_APPLIED = EventType("batch.applied", "A delivery of a feed counts.")
BATCH_SET_ASIDE = EventType("batch.set_aside", "A delivery of a feed looks like poison, or came after one that does.")
BATCH_DECIDED = EventType("batch.decided", "An operator released or discarded a delivery that was set aside.")
CONNECTION_DELETED = EventType("connection.deleted", "A receiver deleted its stream; what waited for it is given up.")
TRANSMITTER_CHANGED = EventType("transmitter.changed", "An operator said whose signals are heard, or not any more.")
TRANSMITTER_CUT_OFF = EventType(
    "transmitter.cut_off", "A transmitter told too much: nothing of it is taken until somebody has looked."
)
TRANSMITTER_RELEASED = EventType(
    "transmitter.released", "An operator has looked: a transmitter that was cut off is heard again."
)
SIGNAL_HEARD = EventType("signal.heard", "A transmitter told something; the line says what came of it.")
STATE_REPEATED = EventType(
    "state.repeated",
    "A connected system holds something else of a customer than it was told: it is told her present state again.",
    deliverable=True,
)
CANARY_WRITTEN = EventType(
    "canary.written", "A connected system is told of a customer who does not exist, to be read back.", deliverable=True
)
INCIDENT_OPENED = EventType("incident.opened", "A connected system stays silent, stopped, or holds something else.")
INCIDENT_CLOSED = EventType("incident.closed", "What was wrong with a connected system is not found any more.")
