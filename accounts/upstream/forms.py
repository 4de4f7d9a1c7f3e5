"""What a person tells who signs up through a provider that vouches for no address of hers."""

from django import forms
from django.core.exceptions import ValidationError

from accounts import rules


class SignUpForm(forms.Form):
    """The address that is to be hers, and for those who like, a name."""

    email = forms.EmailField(
        label="Email address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    name = forms.CharField(
        label="Name", required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    def clean_email(self) -> str:
        """The address in small letters; refuses what cannot be kept and mailed to."""
        email = str(self.cleaned_data["email"]).lower()
        if not rules.is_plain_address(email):
            raise ValidationError("Please write an e-mail address like ana@example.com.", code="invalid")
        return email

    def clean_name(self) -> str:
        """The name in its normal form."""
        name = rules.tidy_name(self.cleaned_data["name"])
        if fault := rules.fault_in_name(name):
            raise ValidationError(fault, code="invalid")
        return name
