"""Addresses of this room, under `accounts/` and before allauth's, whose names some of them take."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("password/change/", views.change_password, name="account_change_password"),
    path("password/set/", views.set_password, name="account_set_password"),
    path("step-up/", views.step_up, name="account_step_up"),
    path("reauthenticate/", views.PasswordStepUpView.as_view(), name="account_reauthenticate"),
    path("reauthenticate/code/", views.MailedStepUpView.as_view(), name="account_reauthenticate_by_code"),
    path("email/undo/<str:secret>/", views.undo_email_change, name="account_undo_email_change"),
    path("2fa/webauthn/add/", views.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("2fa/webauthn/login/", views.PasskeySignInView.as_view(), name="mfa_login_webauthn"),
    path("2fa/webauthn/signup/", views.PasskeySignUpView.as_view(), name="mfa_signup_webauthn"),
    path("2fa/webauthn/reauthenticate/", views.PasskeyStepUpView.as_view(), name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", views.RemovePasskeyView.as_view(), name="mfa_remove_webauthn"),
]
