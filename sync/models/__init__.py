"""Tables of the couriers."""

from sync.models.connections import Connection
from sync.models.deliveries import (
    Delivery,
    DeliveryQuerySet,
    Receiver,
    new_ref,
)
from sync.models.feeds import Feed, FeedBatch, FeedBatchQuerySet, new_batch

__all__ = [
    "Connection",
    "Delivery",
    "DeliveryQuerySet",
    "Feed",
    "FeedBatch",
    "FeedBatchQuerySet",
    "Receiver",
    "new_batch",
    "new_ref",
]
