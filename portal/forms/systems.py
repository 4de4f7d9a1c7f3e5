"""What operators say about a connected system."""

from collections.abc import Mapping
from typing import Any

from django import forms

from channel_registry.queries import list_channels
from consent.queries import list_purposes
from portal import rules
from sync.errors import ConnectionInvalid, TransmitterInvalid
from sync.queries import list_choices, list_kinds_of_risk, list_options
from sync.types import ConnectionDraft, Effect, Kind


class ConnectionForm(forms.Form):
    """A connected system: where it is, what it is told and why it may know.

    The last fields are options; each is for some kinds only, and empty stands for what is usual.
    """

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

    canary = forms.ChoiceField(
        label="Canary",
        required=False,
        choices=[("", "As usual: by webhook yes, by SCIM no"), ("on", "Yes"), ("off", "No")],
        help_text="It is told of a customer who does not exist, so that silence is noticed on a quiet night too.",
    )
    on_drift = forms.ChoiceField(
        label="When it holds something else",
        required=False,
        choices=[("", "Tell it again, and open an incident"), ("tell", "Open an incident only")],
        help_text="Webhooks and SCIM.",
    )
    missing = forms.ChoiceField(
        label="When a customer is not there",
        required=False,
        choices=[("", "That is a failure"), ("create", "She is created at the next change")],
        help_text="SCIM.",
    )
    client_id = forms.CharField(
        label="Client",
        max_length=255,
        required=False,
        help_text="Streams: whoever may fetch it and change it. Without one nobody can.",
    )
    audience = forms.CharField(
        label="Audience",
        max_length=2048,
        required=False,
        help_text="Streams: whom its tokens are for.",
    )
    subjects = forms.ChoiceField(
        label="About whom",
        required=False,
        choices=[("", "All customers"), ("added", "Only those whom it added")],
        help_text="Streams.",
    )
    subject = forms.ChoiceField(
        label="How customers are named",
        required=False,
        choices=[("", "By their number here"), ("email", "By address, where it may be told")],
        help_text="Streams.",
    )

    options: tuple[str, ...] = (
        "digest_url",
        "canary",
        "on_drift",
        "missing",
        "client_id",
        "audience",
        "subjects",
        "subject",
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
            of_others = set(self.options) - set(list_options(kind=state.kind))
            for name in ("slug", "kind", "secret", *of_others):
                del self.fields[name]

    def _offer(self, name: str, known: list[tuple[str, str]]) -> None:
        """What there is to choose, and what was chosen before even where it is gone meanwhile."""
        present = str(self.initial.get(name, ""))
        gone = [(present, f"{present} (gone)")] if present and present not in dict(known) else []
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "None"), *known, *gone]

    @property
    def option_fields(self) -> list[forms.BoundField]:
        """The fields that are for some kinds only."""
        return [self[name] for name in self.options if name in self.fields]

    def draft(self) -> ConnectionDraft:
        """What the form says, once it is valid; options that it does not show stay."""
        said = self.cleaned_data
        shown = {name: said[name] for name in self.options if name in self.fields}
        before = self.present.options if self.present else {}
        kept = {name: value for name, value in before.items() if name not in shown}
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
            options=kept | {name: value for name, value in shown.items() if value},
        )

    def refuse(self, error: ConnectionInvalid) -> None:
        """Put what is wrong beside its field."""
        name = error.path.removeprefix("options.")
        self.add_error(name if name in self.fields else None, error.detail)


class TransmitterForm(forms.Form):
    """Somebody whose security events are heard: who it is, what its signals may bring about, how much is too much."""

    slug = forms.CharField(label="Short name", max_length=32, help_text="Stays for ever: small letters and digits.")
    name = forms.CharField(label="Name", max_length=100)
    issuer = forms.CharField(label="Issuer", max_length=2048, help_text="As its tokens say it, to the letter.")
    jwks_uri = forms.CharField(
        label="Address of its keys",
        max_length=2048,
        required=False,
        help_text="An https address. Empty where its keys stand in the file of transmitters.",
    )
    audience = forms.CharField(
        label="Audience", max_length=2048, required=False, help_text="Whom its tokens are for, if not our issuer."
    )
    may = forms.MultipleChoiceField(
        label="What its signals may bring about",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(Effect.RISK, "Raise and clear risks"), (Effect.SESSIONS, "End sessions")],
        initial=[Effect.RISK],
    )
    risk = forms.ChoiceField(label="A risk without a kind is", help_text="Where it gives none of ours as its reason.")
    provider = forms.CharField(
        label="Provider", max_length=64, required=False, help_text="The provider upstream of whose accounts it speaks."
    )
    by_email = forms.BooleanField(label="It may name customers by an address that they have proved", required=False)
    freshness = forms.IntegerField(
        label="Heard from within", initial=0, help_text="Seconds; after that it counts as late. 0: nothing is expected."
    )
    most = forms.IntegerField(
        label="Most signals in an hour", initial=1000, help_text="With more it is cut off until somebody has looked."
    )
    enabled = forms.BooleanField(label="It is heard", required=False, initial=True)

    def __init__(self, *args: Any, slug: str = "", entry: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.known, self.present = slug, entry
        super().__init__(*args, **kwargs)
        risk = self.fields["risk"]
        assert isinstance(risk, forms.ChoiceField)
        risk.choices = [(each, each.replace("_", " ")) for each in list_kinds_of_risk()]
        if entry is not None:
            self.initial = dict(entry)
            del self.fields["slug"]

    def document(self) -> dict[str, Any]:
        """What the form says, as a document of transmitters; keys that stand in it stay."""
        said = dict(self.cleaned_data)
        slug = self.known or said.pop("slug")
        jwks = {} if said["jwks_uri"] or not self.present else {"jwks": self.present.get("jwks", {})}
        return {"transmitters": {slug: {name: value for name, value in said.items() if value != ""} | jwks}}

    def refuse(self, error: TransmitterInvalid) -> None:
        """Put what is wrong beside its field."""
        name = error.path.rpartition(".")[2]
        self.add_error(name if name in self.fields else None, error.detail)


def _as_initial(state: ConnectionDraft) -> dict[str, Any]:
    names = ("name", "endpoint", "purpose", "freshness", "cycle", "owner_channel")
    said = {name: getattr(state, name) for name in names}
    chosen = {"event_types": list(state.event_types), "attributes": list(state.attributes)}
    return {**said, **chosen, **state.options}
