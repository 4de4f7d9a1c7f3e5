"""The doors of the register."""

from django.urls import path

from consent import api, views

app_name = "consent"
urlpatterns = [
    path("api/consent/", api.EffectiveView.as_view(), name="effective"),
    path("api/consent/events", api.EventsView.as_view(), name="events"),
    path("api/consent/check", api.CheckView.as_view(), name="check"),
    path("api/consent/commit", api.CommitView.as_view(), name="commit"),
    path("api/consent/receipts/<str:id>", api.ReceiptView.as_view(), name="receipt"),
    path("consent/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("consent/undo/<str:token>/", views.undo, name="undo"),
]
