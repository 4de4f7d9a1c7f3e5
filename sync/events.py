"""What this room announces."""

from audit.types import EventType

DELIVERY_CONFIRMED = EventType("delivery.confirmed", "A receiver has confirmed that it was told.")
DELIVERY_UNCONFIRMED = EventType("delivery.unconfirmed", "A receiver has not confirmed after several attempts.")
DELIVERY_ABANDONED = EventType("delivery.abandoned", "A receiver never confirmed; nobody tries any more.")
DELIVERY_REPLAYED = EventType("delivery.replayed", "An operator has a delivery tried again that was given up.")
