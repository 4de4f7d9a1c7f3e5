"""The doors of the portal."""

from django.urls import path

from portal import api, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/end-others/", views.end_other_sessions, name="end_other_sessions"),
    path("sessions/end-all/", views.end_all_sessions, name="end_all_sessions"),
    path("sessions/ended/", views.sessions_ended, name="sessions_ended"),
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
    path("console/decisions/", views.console_decisions, name="console_decisions"),
    path("console/decisions/<str:decision_id>/", views.console_decision, name="console_decision"),
    path("console/deliveries/", views.console_deliveries, name="console_deliveries"),
    path("console/deliveries/replay/", views.console_replay, name="console_replay"),
    path("console/customers/<str:sub>/sessions/", views.console_sessions, name="console_sessions"),
    path("console/customers/<str:sub>/sessions/end/", views.console_end_sessions, name="console_end_sessions"),
    path(
        "console/customers/<str:sub>/sessions/<str:sid>/ended/",
        views.console_sessions_ended,
        name="console_sessions_ended",
    ),
    path("console/systems/", views.console_systems, name="console_systems"),
    path("console/systems/connect/", views.console_connect, name="console_connect"),
    path("console/systems/<slug:slug>/", views.console_system, name="console_system"),
    path("console/systems/<slug:slug>/edit/", views.console_edit_system, name="console_edit_system"),
    path("console/systems/<slug:slug>/do/", views.console_care_for_system, name="console_care_for_system"),
    path("console/channels/", views.console_channels, name="console_channels"),
    path("console/channels/<slug:channel>/", views.console_channel, name="console_channel"),
    path("console/channels/<slug:channel>/change/", views.console_new_change, name="console_new_change"),
    path("console/channels/<slug:channel>/versions/<int:number>/", views.console_version, name="console_version"),
    path("console/changes/<int:draft>/", views.console_change, name="console_change"),
    path("console/changes/<int:draft>/edit/", views.console_edit_change, name="console_edit_change"),
    path("console/changes/<int:draft>/decide/", views.console_decide_change, name="console_decide_change"),
    path("console/actions/", views.console_actions, name="console_actions"),
    path("console/sources/", views.console_sources, name="console_sources"),
    path("console/sources/change/", views.console_new_sources, name="console_new_sources"),
    path("console/sources/versions/<int:number>/", views.console_sources_version, name="console_sources_version"),
    path("console/weakest/", views.console_weakest, name="console_weakest"),
    path("console/design/", views.design, name="design"),
]

api_sessions = [
    path("", api.SessionListView.as_view(), name="list"),
    path("<str:sid>/", api.SessionView.as_view(), name="one"),
]
