"""What operators type about providers that people sign in through."""

from typing import TYPE_CHECKING, Any

from django import forms

from accounts import conf, rules
from accounts.models import UpstreamProvider
from accounts.types import ProviderDraft
from channel_registry.queries import list_channels

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[UpstreamProvider]
else:
    _ModelForm = forms.ModelForm  # takes a type argument in the stubs only


class ProviderForm(_ModelForm):
    """A provider as its registration there says; `draft` is what the services take."""

    slug = forms.CharField(
        label="Short name",
        max_length=40,
        help_text="Small letters, digits and hyphens. Part of the redirect URI; it never changes.",
    )
    issuer = forms.CharField(
        max_length=500,
        help_text="Exactly as the provider's discovery document writes it. It never changes: another issuer is another "
        "provider.",
    )
    new_secret = forms.CharField(
        label="Client secret",
        max_length=500,
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text="Kept encrypted and never shown again. Leave it empty to keep the one that is there.",
    )
    scopes = forms.CharField(initial="openid email profile", help_text="With spaces between.")
    offered_on = forms.MultipleChoiceField(
        label="Channels",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Where its button is shown. None means everywhere.",
    )
    draft: ProviderDraft

    class Meta:
        model = UpstreamProvider
        fields = ("slug", "name", "issuer", "client_id", "scopes", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(channel.slug, channel.name) for channel in list_channels()]
        offered = self.fields["offered_on"]
        assert isinstance(offered, forms.MultipleChoiceField)
        offered.choices = choices
        offered.initial = self.instance.channels

    def clean(self) -> dict[str, Any]:
        """Judge the whole by the rules the services keep, and lay the finger on the field."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        self.draft = ProviderDraft(
            name=cleaned["name"],
            client_id=cleaned["client_id"],
            client_secret=cleaned["new_secret"] or (None if self.instance.pk else ""),
            scopes=tuple(cleaned["scopes"].split()),
            channels=tuple(cleaned["offered_on"]),
        )
        slug = cleaned.get("slug") or self.instance.slug
        issuer = cleaned.get("issuer") or self.instance.issuer
        if fault := rules.fault_in_provider(slug, issuer, self.draft, loopback=conf.may_fetch_loopback()):
            field = {"client_secret": "new_secret"}.get(fault[0], fault[0])
            self.add_error(field if field in self.fields else None, fault[1])
        return cleaned
