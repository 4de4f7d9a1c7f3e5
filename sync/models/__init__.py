"""Tables of the couriers."""

from sync.models.connections import Connection
from sync.models.deliveries import Delivery, DeliveryQuerySet, Receiver, new_ref
from sync.models.feeds import Feed, FeedBatch, FeedBatchQuerySet, new_batch
from sync.models.scim import ScimUser, new_scim_id
from sync.models.silence import (
    Canary,
    Copy,
    Incident,
    Round,
    new_incident,
)
from sync.models.streams import StreamSubject
from sync.models.transmitters import HeardToken, Transmitter

__all__ = [
    "Canary",
    "Connection",
    "Copy",
    "Delivery",
    "DeliveryQuerySet",
    "Feed",
    "FeedBatch",
    "FeedBatchQuerySet",
    "HeardToken",
    "Incident",
    "Receiver",
    "Round",
    "ScimUser",
    "StreamSubject",
    "Transmitter",
    "new_batch",
    "new_incident",
    "new_ref",
    "new_scim_id",
]
