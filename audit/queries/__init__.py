"""Questions to the journal; they never write."""

from audit.queries.events import (
    count_pending,
    count_unsealed,
    find_event,
    find_oldest_pending,
    find_oldest_unsealed,
    get_seq,
    has_pending,
    list_events,
    list_events_by_id,
    list_events_of_type,
    list_pending_among,
    list_pending_events,
    list_personal,
    read_personal,
)
from audit.queries.inclusion import find_inclusion
from audit.queries.verification import find_head, verify_journal

__all__ = [
    "count_pending",
    "count_unsealed",
    "find_event",
    "find_head",
    "find_inclusion",
    "find_oldest_pending",
    "find_oldest_unsealed",
    "get_seq",
    "has_pending",
    "list_events",
    "list_events_by_id",
    "list_events_of_type",
    "list_pending_among",
    "list_pending_events",
    "list_personal",
    "read_personal",
    "verify_journal",
]
