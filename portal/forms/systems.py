"""What operators say about a connected system."""

from typing import Any

from django import forms

from channel_registry.queries import list_channels
from consent.queries import list_purposes
from portal import rules
from sync.errors import ConnectionInvalid
from sync.queries import list_choices
from sync.types import ConnectionDraft, Kind


class ConnectionForm(forms.Form):
    """A connected system: where it is, what it is told and why it may know."""

    slug = forms.CharField(label="Short name", max_length=32, help_text="Stays for ever: small letters, digits and _.")
    name = forms.CharField(label="Name", max_length=100)
    kind = forms.ChoiceField(label="How it is told", choices=[(each, rules.name_transport(each)) for each in Kind])
    endpoint = forms.CharField(
        label="Address", max_length=2048, required=False, help_text="An https address. Empty where it fetches itself."
    )
    secret = forms.CharField(
        label="Token",
        max_length=4096,
        required=False,
        help_text="What the other side wants to see. A webhook's secret is made here and shown once.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    event_types = forms.MultipleChoiceField(label="What it is told of", widget=forms.CheckboxSelectMultiple)
    attributes = forms.MultipleChoiceField(
        label="What it may know of a customer", required=False, widget=forms.CheckboxSelectMultiple
    )
    purpose = forms.ChoiceField(
        label="Purpose",
        required=False,
        help_text="Why it may know that. It is told of nobody who does not permit it, and no more than it needs.",
    )
    freshness = forms.IntegerField(
        label="Applied within, in seconds", initial=60, help_text="How soon a change should be in force there."
    )
    cycle = forms.IntegerField(
        label="Silence noticed within, in seconds",
        initial=900,
        help_text="How soon it must stand out when it drops, changes or forgets what it was told.",
    )
    owner_channel = forms.ChoiceField(
        label="Owner", required=False, help_text="The channel whose people look after it."
    )
    digest_url = forms.CharField(
        label="Digest address",
        max_length=2048,
        required=False,
        help_text="For a webhook: where it says what it holds. Without one nobody sees whether it does what it takes.",
    )

    def __init__(self, *args: Any, state: ConnectionDraft | None = None, **kwargs: Any) -> None:
        self.present = state
        super().__init__(*args, **kwargs)
        self.initial = _as_initial(state) if state else {}
        types, attributes = list_choices()
        for name, known in (("event_types", types), ("attributes", attributes)):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(each, each) for each in known]
        self._offer("purpose", [(each.id, f"{each.id}: {each.text('title')}") for each in list_purposes()])
        self._offer("owner_channel", [(each.slug, each.name) for each in list_channels()])
        if state is not None:
            for name in ("slug", "kind", "secret"):
                del self.fields[name]

    def _offer(self, name: str, known: list[tuple[str, str]]) -> None:
        """What there is to choose, and what was chosen before even where it is gone meanwhile."""
        present = str(self.initial.get(name, ""))
        gone = [(present, f"{present} (gone)")] if present and present not in dict(known) else []
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "None"), *known, *gone]

    def draft(self) -> ConnectionDraft:
        """What the form says, once it is valid; options that it does not show stay."""
        said = self.cleaned_data
        options = dict(self.present.options) if self.present else {}
        options.pop("digest_url", None)
        if said["digest_url"]:
            options["digest_url"] = said["digest_url"]
        return ConnectionDraft(
            name=said["name"],
            kind=self.present.kind if self.present else Kind(said["kind"]),
            endpoint=said["endpoint"],
            event_types=tuple(said["event_types"]),
            attributes=tuple(said["attributes"]),
            purpose=said["purpose"],
            freshness=said["freshness"],
            cycle=said["cycle"],
            owner_channel=said["owner_channel"],
            options=options,
        )

    def refuse(self, error: ConnectionInvalid) -> None:
        """Put what is wrong beside its field."""
        name = error.path.removeprefix("options.")
        self.add_error(name if name in self.fields else None, error.detail)


def _as_initial(state: ConnectionDraft) -> dict[str, Any]:
    names = ("name", "endpoint", "purpose", "freshness", "cycle", "owner_channel")
    said = {name: getattr(state, name) for name in names}
    chosen = {"event_types": list(state.event_types), "attributes": list(state.attributes)}
    return {**said, **chosen, "digest_url": state.options.get("digest_url", "")}
