"""The doors of the couriers."""

from django.urls import path

from sync import api

app_name = "sync"
urlpatterns = [
    path("api/feeds/<str:feed>/records", api.FeedRecordsView.as_view(), name="feed_records"),
]
