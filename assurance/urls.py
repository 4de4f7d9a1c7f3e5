"""The doors of the judge."""

from django.urls import path

from assurance import api

app_name = "assurance"
urlpatterns = [
    path(".well-known/authzen-configuration", api.metadata, name="metadata"),
    path("access/v1/evaluation", api.EvaluationView.as_view(), name="evaluation"),
    path("access/v1/evaluations", api.EvaluationsView.as_view(), name="evaluations"),
    path("api/decisions/<str:decision_id>/explain", api.ExplanationView.as_view(), name="explain"),
    path("api/decisions/<str:decision_id>/outcome", api.OutcomeView.as_view(), name="outcome"),
    path("api/step-up/", api.StepUpListView.as_view(), name="step_ups"),
    path("api/step-up/<str:id>/", api.StepUpView.as_view(), name="step_up"),
    path("api/step-up/<str:id>/code/", api.StepUpCodeView.as_view(), name="step_up_code"),
    path("api/step-up/<str:id>/passkey/", api.StepUpPasskeyView.as_view(), name="step_up_passkey"),
    path("api/step-up/<str:id>/proof/", api.StepUpProofView.as_view(), name="step_up_proof"),
]
