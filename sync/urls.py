"""The doors of the couriers."""

from django.urls import path

from sync import api

app_name = "sync"
urlpatterns = [
    path("api/feeds/<str:feed>/records", api.FeedRecordsView.as_view(), name="feed_records"),
    path(".well-known/ssf-configuration", api.configuration, name="ssf_configuration"),
    path("ssf/streams", api.StreamsView.as_view(), name="ssf_streams"),
    path("ssf/status", api.StatusView.as_view(), name="ssf_status"),
    path("ssf/subjects/add", api.AddSubjectView.as_view(), name="ssf_add_subject"),
    path("ssf/subjects/remove", api.RemoveSubjectView.as_view(), name="ssf_remove_subject"),
    path("ssf/verification", api.VerificationView.as_view(), name="ssf_verification"),
    path("ssf/poll/<str:stream_id>", api.PollView.as_view(), name="ssf_poll"),
    path("ssf/events", api.listen, name="ssf_events"),
]
