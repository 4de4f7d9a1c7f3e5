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
from sync.types.watching import Lag, Watch, Watched

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
    "Lag",
    "LogoutProgress",
    "Order",
    "Outcome",
    "Receipt",
    "Standing",
    "State",
    "Transport",
    "Watch",
    "Watched",
]
