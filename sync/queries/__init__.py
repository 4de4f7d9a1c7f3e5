"""Questions to the couriers; they never write."""

from sync.queries.connections import (
    export_connections,
    find_connection,
    get_connection,
    list_choices,
    list_connections,
    list_listening,
    open_secrets,
    plan_connections,
    read_connections,
)
from sync.queries.deliveries import (
    LOGOUT,
    get_backlog,
    get_logout_progress,
    has_due,
    list_told_clients,
    list_troubled,
)
from sync.queries.release import list_addressees, open_attributes
from sync.queries.watching import get_watch, list_dead

__all__ = [
    "LOGOUT",
    "export_connections",
    "find_connection",
    "get_backlog",
    "get_connection",
    "get_logout_progress",
    "get_watch",
    "has_due",
    "list_addressees",
    "list_choices",
    "list_connections",
    "list_dead",
    "list_listening",
    "list_told_clients",
    "list_troubled",
    "open_attributes",
    "open_secrets",
    "plan_connections",
    "read_connections",
]
