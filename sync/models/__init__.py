"""Tables of the couriers."""

from sync.models.connections import Connection
from sync.models.deliveries import (
    Delivery,
    DeliveryQuerySet,
    Receiver,
    new_ref,
)

__all__ = [
    "Connection",
    "Delivery",
    "DeliveryQuerySet",
    "Receiver",
    "new_ref",
]
