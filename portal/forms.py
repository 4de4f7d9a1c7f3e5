"""What operators fill in, and the sample form of the design page."""

from typing import Any

from django import forms

from portal import rules


class SampleForm(forms.Form):
    """One field of each kind; it is shown, never sent."""

    email = forms.EmailField(label="Email address", help_text="Help stands below the field.")
    code = forms.CharField(label="Code", min_length=6)
    name = forms.CharField(label="Name", required=False)
    remember = forms.BooleanField(label="Remember this device", required=False)


def sample_form(data: dict[str, Any] | None = None) -> SampleForm:
    """The sample, empty or with something to mend."""
    return SampleForm(data, prefix="wrong" if data else None)


class LookupForm(forms.Form):
    """Whom an operator asks about."""

    login_hint = forms.CharField(
        label="Email address or customer number",
        max_length=254,
        help_text="As she signs in. Every question is written to the journal.",
    )


class AssistanceForm(forms.Form):
    """Why an operator acts for a customer."""

    reason = forms.ChoiceField(
        label="What is it about",
        choices=[("", "Choose one"), *((code, words.capitalize()) for code, words in rules.REASONS.items())],
    )
    note = forms.CharField(
        label="Note", max_length=300, required=False, help_text="One line. The customer can read it."
    )
