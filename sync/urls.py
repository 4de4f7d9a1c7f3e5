"""The doors of the couriers."""

from django.urls import path, re_path

from sync import api

app_name = "sync"
urlpatterns = [
    path("api/feeds/<str:feed>/records", api.FeedRecordsView.as_view(), name="feed_records"),
    path("scim/v2/Users", api.ScimUsersView.as_view(), name="scim_users"),
    path("scim/v2/.search", api.ScimSearchView.as_view(), name="scim_search_all"),
    path("scim/v2/Users/.search", api.ScimSearchView.as_view(), name="scim_search"),
    path("scim/v2/Users/<str:id>", api.ScimUserView.as_view(), name="scim_user"),
    path("scim/v2/Me", api.ScimMeView.as_view(), name="scim_me"),
    re_path(r"^scim/v2/(?P<endpoint>ServiceProviderConfig)$", api.ScimDiscoveryView.as_view(), name="scim_offers"),
    re_path(
        r"^scim/v2/(?P<endpoint>ResourceTypes|Schemas)(?:/(?P<id>[^/]+))?$",
        api.ScimDiscoveryView.as_view(),
        name="scim_described",
    ),
    re_path(r"^scim/(?:.*)$", api.ScimNowhereView.as_view(), name="scim_nothing"),
    path(".well-known/ssf-configuration", api.configuration, name="ssf_configuration"),
    path("ssf/streams", api.StreamsView.as_view(), name="ssf_streams"),
    path("ssf/status", api.StatusView.as_view(), name="ssf_status"),
    path("ssf/subjects/add", api.AddSubjectView.as_view(), name="ssf_add_subject"),
    path("ssf/subjects/remove", api.RemoveSubjectView.as_view(), name="ssf_remove_subject"),
    path("ssf/verification", api.VerificationView.as_view(), name="ssf_verification"),
    path("ssf/poll/<str:stream_id>", api.PollView.as_view(), name="ssf_poll"),
    path("ssf/events", api.listen, name="ssf_events"),
]
