"""The words of this room."""

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
    "DeliveryState",
    "Ended",
    "LogoutProgress",
    "Order",
    "Outcome",
    "Receipt",
    "State",
    "Transport",
]
