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
from sync.queries.feeds import (
    demand_feed,
    export_feeds,
    get_facts,
    get_feed,
    list_batches,
    list_feeds,
    plan_feeds,
    read_feeds,
)
from sync.queries.release import list_addressees, open_attributes
from sync.queries.watching import get_watch, list_dead

__all__ = [
    "LOGOUT",
    "demand_feed",
    "export_connections",
    "export_feeds",
    "find_connection",
    "get_backlog",
    "get_connection",
    "get_facts",
    "get_feed",
    "get_logout_progress",
    "get_watch",
    "has_due",
    "list_addressees",
    "list_batches",
    "list_choices",
    "list_connections",
    "list_dead",
    "list_feeds",
    "list_listening",
    "list_told_clients",
    "list_troubled",
    "open_attributes",
    "open_secrets",
    "plan_connections",
    "plan_feeds",
    "read_connections",
    "read_feeds",
]
