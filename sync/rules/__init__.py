"""Judgement of this room."""

from sync.rules.deliveries import (
    ALARM_AFTER,
    AT_ONCE,
    FIRST_DELAY,
    LONGEST_DELAY,
    LONGEST_QUIET,
    PATIENCE,
    REFUSALS_TAKEN,
    TROUBLED_AFTER,
    delay_after,
    is_alarming,
    next_attempt,
    quiet_for,
    read_retry_after,
    room_for,
)

__all__ = [
    "ALARM_AFTER",
    "AT_ONCE",
    "FIRST_DELAY",
    "LONGEST_DELAY",
    "LONGEST_QUIET",
    "PATIENCE",
    "REFUSALS_TAKEN",
    "TROUBLED_AFTER",
    "delay_after",
    "is_alarming",
    "next_attempt",
    "quiet_for",
    "read_retry_after",
    "room_for",
]
