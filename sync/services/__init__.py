"""The deeds of this room: fan facts out, lease and conclude deliveries, connect systems and care for them."""

from sync.services.bell import WORKER_TASK, ring_couriers, ring_for
from sync.services.connections import (
    change_connection,
    create_connection,
    disable_connection,
    end_rotation,
    note_test,
    pause_connection,
    resume_connection,
    rewrap_connection_secrets,
    rewrap_deliveries,
    rotate_secret,
)
from sync.services.deliveries import (
    clear_deliveries,
    confirm_delivery,
    fail_delivery,
    lease_deliveries,
    replay_delivery,
)
from sync.services.documents import apply_connections
from sync.services.fan_out import fan_out
from sync.services.feeds import apply_feeds, check_feed, clear_batches
from sync.services.intake import take_in
from sync.services.quarantine import discard_batch, release_batch
from sync.services.receipts import forget_attributes_of, note_applied

__all__ = [
    "WORKER_TASK",
    "apply_connections",
    "apply_feeds",
    "change_connection",
    "check_feed",
    "clear_batches",
    "clear_deliveries",
    "confirm_delivery",
    "create_connection",
    "disable_connection",
    "discard_batch",
    "end_rotation",
    "fail_delivery",
    "fan_out",
    "forget_attributes_of",
    "lease_deliveries",
    "note_applied",
    "note_test",
    "pause_connection",
    "release_batch",
    "replay_delivery",
    "resume_connection",
    "rewrap_connection_secrets",
    "rewrap_deliveries",
    "ring_couriers",
    "ring_for",
    "rotate_secret",
    "take_in",
]
