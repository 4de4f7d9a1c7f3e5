from django.urls import path

from oauth import api, views

app_name = "oauth"
urlpatterns = [
    path("oauth/authorize", views.authorize, name="authorize"),
    path("oauth/authorize/<str:uid>", views.resume_authorization, name="resume"),
    path("oauth/token", views.token, name="token"),
    path("oauth/device_authorization", views.device_authorization, name="device_authorization"),
    path("oauth/device", views.device, name="device"),
    path("oauth/bc-authorize", views.backchannel_authentication, name="backchannel_authentication"),
    path("oauth/introspect", views.introspection, name="introspect"),
    path("oauth/revoke", views.revocation, name="revoke"),
    path("oauth/userinfo", views.userinfo, name="userinfo"),
    path("oauth/logout", views.logout, name="logout"),
    path("oauth/jwks", views.jwks, name="jwks"),
    path(".well-known/openid-configuration", views.metadata, name="openid-configuration"),
    path(".well-known/oauth-authorization-server", views.metadata, name="oauth-authorization-server"),
]

#: Under `api/approvals/`.
approvals = [
    path("", api.ApprovalListView.as_view(), name="list"),
    path("<str:ref>/", api.ApprovalView.as_view(), name="one"),
]
