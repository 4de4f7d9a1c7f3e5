"""What operators type about channels, checked field by field before a deed is asked for."""

from typing import TYPE_CHECKING, Any

import yaml
from django import forms

from channel_registry import rules
from channel_registry.errors import ChannelInvalid, PolicyInvalid
from channel_registry.models import Channel, PolicyVersion
from channel_registry.types import DEFAULT_POLICY
from kit.documents import read_document
from kit.refusal import MalformedInput

if TYPE_CHECKING:
    _ChannelModelForm = forms.ModelForm[Channel]
    _PolicyModelForm = forms.ModelForm[PolicyVersion]
else:
    _ChannelModelForm = _PolicyModelForm = forms.ModelForm  # takes a type argument in the stubs only


class ChannelForm(_ChannelModelForm):
    """Short name, display name, and whether the channel is let in."""

    class Meta:
        model = Channel
        fields = ("slug", "name", "enabled")

    def clean_slug(self) -> str:
        """The short name in the form that stays for ever."""
        return self._checked("slug")

    def clean_name(self) -> str:
        """One printable line."""
        return self._checked("name")

    def _checked(self, field: str) -> str:
        check = rules.check_slug if field == "slug" else rules.check_name
        try:
            return check(self.cleaned_data[field])
        except ChannelInvalid as error:
            raise forms.ValidationError(error.detail) from error


def _default_text() -> str:
    return yaml.safe_dump(rules.render_policy(DEFAULT_POLICY), sort_keys=False)


class PolicyForm(_PolicyModelForm):
    """A policy as YAML or JSON; `cleaned_data["body"]` is the plain value, known to be a policy."""

    body = forms.CharField(
        label="Policy",
        max_length=10_000,
        initial=_default_text,
        widget=forms.Textarea(attrs={"rows": 16, "cols": 80, "spellcheck": "false"}),
        help_text="YAML or JSON. What is left out has the default policy's value.",
    )

    class Meta:
        model = PolicyVersion
        fields = ("channel", "body")

    def clean_body(self) -> Any:
        """The value the text stands for; an error names the field inside it."""
        try:
            body = read_document(self.cleaned_data["body"])
            rules.parse_policy(body)
        except (MalformedInput, PolicyInvalid) as error:
            raise forms.ValidationError(error.detail) from error
        return body
