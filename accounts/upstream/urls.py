"""Addresses of sign-ins through providers, under `accounts/upstream/`."""

from django.urls import path

from accounts.upstream import views

urlpatterns = [
    path("link/", views.link, name="upstream_link"),
    path("sign-up/", views.sign_up, name="upstream_sign_up"),
    path("cancelled/", views.cancelled, name="socialaccount_login_cancelled"),
    path("<slug:slug>/login/", views.begin, name="upstream_login"),
    path("<slug:slug>/callback/", views.callback, name="upstream_callback"),
    path("<slug:slug>/unlink/", views.unlink, name="upstream_unlink"),
]
