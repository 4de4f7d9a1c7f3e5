from django.urls import path

from delegation.api import AssistanceListView, AssistanceView, VerificationView

app_name = "delegation"
urlpatterns = [
    path("verifications/", VerificationView.as_view(), name="verifications"),
    path("assistance/", AssistanceListView.as_view(), name="assistance_list"),
    path("assistance/<str:id>/", AssistanceView.as_view(), name="assistance"),
]
