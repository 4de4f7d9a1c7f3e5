"""What operators type about channels, checked field by field before a deed is asked for."""

from typing import TYPE_CHECKING

from django import forms

from channel_registry import rules
from channel_registry.errors import ChannelInvalid
from channel_registry.models import Channel

if TYPE_CHECKING:
    _ChannelModelForm = forms.ModelForm[Channel]
else:
    _ChannelModelForm = forms.ModelForm  # takes a type argument in the stubs only


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
