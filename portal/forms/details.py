"""What a customer says about herself."""

from django import forms


class DetailsForm(forms.Form):
    """How she wants to be called."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        required=False,
        help_text="What we should call you. You can leave this empty.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )
