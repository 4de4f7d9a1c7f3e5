"""The words of this room."""

from sync.types.connections import ConnectionDraft, ConnectionState, Kind, Standing
from sync.types.deliveries import (
    OPEN,
    Addressee,
    Answer,
    Backlog,
    DeliveryState,
    Ended,
    LogoutProgress,
    Order,
    Outcome,
    Receipt,
    State,
    Transport,
)

__all__ = [
    "OPEN",
    "Addressee",
    "Answer",
    "Backlog",
    "ConnectionDraft",
    "ConnectionState",
    "DeliveryState",
    "Ended",
    "Kind",
    "LogoutProgress",
    "Order",
    "Outcome",
    "Receipt",
    "Standing",
    "State",
    "Transport",
]
