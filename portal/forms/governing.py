"""What operators fill in, and the sample form of the design page."""

from typing import Any

from django import forms

from channel_registry.errors import PolicyInvalid
from portal import rules
from sync.errors import ConnectionInvalid
from sync.queries import list_choices
from sync.types import ConnectionDraft, Kind


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


class ConnectionForm(forms.Form):
    """A connected system: where it is, what it is told and why it may know."""

    slug = forms.CharField(label="Short name", max_length=32, help_text="Stays for ever: small letters and digits.")
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
    purpose = forms.CharField(
        label="Purpose", max_length=100, required=False, help_text="Why it may know that, for example service."
    )
    freshness = forms.IntegerField(
        label="Applied within", initial=60, help_text="Seconds in which a change should be applied there."
    )
    cycle = forms.IntegerField(
        label="Silence noticed within", initial=900, help_text="Seconds in which its silence must be noticed."
    )
    owner_channel = forms.CharField(label="Owner", max_length=32, required=False, help_text="Its channel.")
    digest_url = forms.CharField(
        label="Digest address", max_length=2048, required=False, help_text="Where it says what it has applied."
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
        if state is not None:
            for name in ("slug", "kind", "secret"):
                del self.fields[name]

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
