"""The sample form of the design page."""

from typing import Any

from django import forms


class SampleForm(forms.Form):
    """One field of each kind; it is shown, never sent."""

    email = forms.EmailField(label="Email address", help_text="Help stands below the field.")
    code = forms.CharField(label="Code", min_length=6)
    name = forms.CharField(label="Name", required=False)
    remember = forms.BooleanField(label="Remember this device", required=False)


def sample_form(data: dict[str, Any] | None = None) -> SampleForm:
    """The sample, empty or with something to mend."""
    return SampleForm(data, prefix="wrong" if data else None)
