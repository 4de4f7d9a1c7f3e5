"""The forms a person fills in, one file per noun; settings name them."""

from accounts.forms.codes import (
    AppCodeForm,
    ConfirmAddressForm,
    MailedStepUpForm,
    ResetCodeForm,
    SignInCodeForm,
    StepUpCodeForm,
)
from accounts.forms.passkeys import (
    AddPasskeyForm,
    PasskeySecondStepForm,
    PasskeySignInForm,
    PasskeySignUpForm,
    PasskeyStepUpForm,
    RenamePasskeyForm,
)
from accounts.forms.passwords import ChangePasswordForm
from accounts.forms.sign_up import SignupForm

__all__ = [
    "AddPasskeyForm",
    "AppCodeForm",
    "ChangePasswordForm",
    "ConfirmAddressForm",
    "MailedStepUpForm",
    "PasskeySecondStepForm",
    "PasskeySignInForm",
    "PasskeySignUpForm",
    "PasskeyStepUpForm",
    "RenamePasskeyForm",
    "ResetCodeForm",
    "SignInCodeForm",
    "SignupForm",
    "StepUpCodeForm",
]
