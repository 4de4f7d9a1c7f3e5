from django.urls import path

from oauth import views

app_name = "oauth"
urlpatterns = [
    path("oauth/authorize", views.authorize, name="authorize"),
    path("oauth/authorize/<str:uid>", views.resume_authorization, name="resume"),
    path("oauth/token", views.token, name="token"),
    path("oauth/introspect", views.introspection, name="introspect"),
    path("oauth/revoke", views.revocation, name="revoke"),
    path("oauth/userinfo", views.userinfo, name="userinfo"),
    path("oauth/logout", views.logout, name="logout"),
    path("oauth/jwks", views.jwks, name="jwks"),
    path(".well-known/openid-configuration", views.metadata, name="openid-configuration"),
    path(".well-known/oauth-authorization-server", views.metadata, name="oauth-authorization-server"),
]
