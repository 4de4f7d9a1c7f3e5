"""What operators fill in, and the sample form of the design page."""

from typing import Any

from django import forms

from channel_registry.errors import PolicyInvalid
from kit.documents import read_document
from kit.refusal import MalformedInput
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


class DocumentForm(forms.Form):
    """Something as text of many lines."""

    text = forms.CharField(
        label="Text",
        max_length=200_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "wrap": "off"}),
        help_text="YAML or JSON.",
    )

    def document(self) -> dict[str, Any]:
        """What the text stands for. Raises MalformedInput for what is no group of fields."""
        document = read_document(self.cleaned_data["text"])
        if not isinstance(document, dict):
            raise MalformedInput("The text must be a group of fields.")
        return document


class PolicyForm(forms.Form):
    """A policy as text, and why it is to be changed."""

    text = forms.CharField(
        label="Policy",
        max_length=50_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "wrap": "off"}),
        help_text="YAML or JSON. What is left out has the default policy's value.",
    )
    note = forms.CharField(label="Why", max_length=300, required=False, help_text="One line for whoever approves it.")

    excerpt: tuple[tuple[int, str, bool], ...] = ()
    """The lines around a mistake, each with its number and whether it is the one."""

    def refuse(self, error: PolicyInvalid) -> None:
        """Put what is wrong beside its field, and the line it is on where there is one."""
        self.add_error("note" if error.path == "note" else "text", error.detail)
        if error.line:
            numbered = list(enumerate(str(self.cleaned_data.get("text") or self.data.get("text", "")).splitlines(), 1))
            near = numbered[max(error.line - 3, 0) : error.line + 2]
            self.excerpt = tuple((number, text, number == error.line) for number, text in near)
