"""The deeds of the couriers."""

from sync.services.deliveries import (
    NOBODY,
    WORKER_TASK,
    clear_deliveries,
    confirm_delivery,
    fail_delivery,
    fan_out,
    lease_deliveries,
    replay_delivery,
    ring_couriers,
)

__all__ = [
    "NOBODY",
    "WORKER_TASK",
    "clear_deliveries",
    "confirm_delivery",
    "fail_delivery",
    "fan_out",
    "lease_deliveries",
    "replay_delivery",
    "ring_couriers",
]
