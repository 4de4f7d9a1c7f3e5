"""The doors of the couriers."""

from sync.api.feeds import FeedRecordsView
from sync.api.hearing import listen
from sync.api.scim import ScimDiscoveryView, ScimMeView, ScimNowhereView, ScimSearchView, ScimUsersView, ScimUserView
from sync.api.streams import (
    AddSubjectView,
    PollView,
    RemoveSubjectView,
    StatusView,
    StreamsView,
    VerificationView,
    configuration,
)

__all__ = [
    "AddSubjectView",
    "FeedRecordsView",
    "PollView",
    "RemoveSubjectView",
    "ScimDiscoveryView",
    "ScimMeView",
    "ScimNowhereView",
    "ScimSearchView",
    "ScimUserView",
    "ScimUsersView",
    "StatusView",
    "StreamsView",
    "VerificationView",
    "configuration",
    "listen",
]
