from django.urls import path

from sessions_hub.api import HandoffRedemptionView, HandoffView

app_name = "sessions_hub"
urlpatterns = [
    path("", HandoffView.as_view(), name="handoff"),
    path("redeem/", HandoffRedemptionView.as_view(), name="redeem"),
]
