"""The doors of the couriers."""

from sync.api.feeds import FeedRecordsView

__all__ = ["FeedRecordsView"]
