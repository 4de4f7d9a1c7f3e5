"""Questions to the couriers; they never write."""

from sync.queries.deliveries import (
    LOGOUT,
    get_backlog,
    get_logout_progress,
    has_due,
    list_told_clients,
    list_troubled,
)

__all__ = [
    "LOGOUT",
    "get_backlog",
    "get_logout_progress",
    "has_due",
    "list_told_clients",
    "list_troubled",
]
