"""Tables of the couriers."""

from sync.models.deliveries import (
    Delivery,
    DeliveryQuerySet,
    Receiver,
    new_ref,
)

__all__ = [
    "Delivery",
    "DeliveryQuerySet",
    "Receiver",
    "new_ref",
]
