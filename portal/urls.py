"""The doors of the portal."""

from django.urls import path

from portal import api, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/end-others/", views.end_other_sessions, name="end_other_sessions"),
    path("sessions/<str:sid>/end/", views.end_session, name="end_session"),
    path("switch/", views.accounts_here, name="accounts_here"),
    path("switch/to/", views.switch_account, name="switch_account"),
    path("switch/another/", views.use_another_account, name="use_another_account"),
    path("switch/forget/<str:handle>/", views.forget_account, name="forget_account"),
    path("switch/sign-out/", views.sign_everybody_out, name="sign_everybody_out"),
    path("approvals/", views.approvals, name="approvals"),
    path("approvals/<str:ref>/", views.approval, name="approval"),
    path("handoff/", views.continue_elsewhere, name="continue_elsewhere"),
    path("handoff/<str:ticket>/", views.handoff, name="handoff"),
    path("apps/", views.apps, name="apps"),
    path("apps/withdraw/", views.withdraw_app, name="withdraw_app"),
    path("security/", views.security, name="security"),
    path("security/not-me/", views.not_me, name="not_me"),
    path("outbox/", views.outbox, name="outbox"),
    path("console/", views.console, name="console"),
    path("console/clients/", views.console_clients, name="console_clients"),
    path("console/clients/<str:client_id>/", views.console_client, name="console_client"),
    path("console/customers/", views.console_customers, name="console_customers"),
    path("console/customers/<str:sub>/", views.console_customer, name="console_customer"),
    path("assistance/<str:id>/end/", views.end_assistance, name="end_assistance"),
    path("console/design/", views.design, name="design"),
]

api_sessions = [
    path("", api.SessionListView.as_view(), name="list"),
    path("<str:sid>/", api.SessionView.as_view(), name="one"),
]
