"""What operators fill in about purposes, notices, processors and mandates."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms

from consent.errors import PurposeInvalid
from consent.types import (
    LegalBasis,
    MandateKind,
    NoticeRef,
    ProcessorKind,
    PurposeDraft,
    PurposeRule,
    Regime,
    Tier,
)
from portal import rules

_DAY = 86_400
_BASES = {
    LegalBasis.CONSENT: "Consent: she is asked",
    LegalBasis.CONTRACT: "Contract: needed for what she ordered",
    LegalBasis.LEGAL_OBLIGATION: "Legal obligation",
    LegalBasis.LEGITIMATE_INTEREST: "Legitimate interest: until she objects",
}
_REGIMES = {Regime.OPT_IN: "No: off until she says yes", Regime.OPT_OUT: "Yes: on until she says no"}
_TEXTS = {"title": "title", "description": "description", "data": "what_data"}


class PurposeForm(forms.Form):
    """What data is used for, on which ground, and what permitting it takes."""

    id = forms.CharField(label="Short name", max_length=64, help_text="Stays for ever, for example marketing.email.")
    parent = forms.ChoiceField(label="Below", required=False, help_text="A no there is a no here, too.")
    title = forms.CharField(label="Title", max_length=100, help_text="What the customer reads, in English.")
    description = forms.CharField(label="For what", max_length=300, required=False, help_text="One short sentence.")
    what_data = forms.CharField(label="Which data", max_length=300, required=False, help_text="One short sentence.")
    legal_basis = forms.ChoiceField(label="Legal basis", choices=list(_BASES.items()))
    regime = forms.ChoiceField(label="Does silence permit it", choices=list(_REGIMES.items()))
    min_evidence = forms.TypedChoiceField(
        label="A yes must be at least", coerce=int, choices=[(int(tier), name) for tier, name in rules.TIERS.items()]
    )
    ttl_days = forms.IntegerField(
        label="A yes lasts", min_value=1, max_value=3660, required=False, help_text="Days. Empty: until she stops it."
    )
    notice = forms.CharField(label="Notice", max_length=64, required=False, help_text="The notice that explains it.")
    minor_age = forms.IntegerField(
        label="Age of consent",
        min_value=1,
        max_value=25,
        required=False,
        help_text="Below it somebody else must agree.",
    )
    needs = forms.CharField(
        label="Attributes it needs", max_length=500, required=False, help_text="Names with spaces: name email."
    )
    categories = forms.CharField(
        label="Kinds of data that can be named", max_length=500, required=False, help_text="Names with spaces."
    )
    gpc_applies = forms.BooleanField(label="A browser's privacy signal (GPC) says no to it", required=False)
    sensitive = forms.BooleanField(label="Sensitive data", required=False)
    agent_allowed = forms.BooleanField(label="AI agents may do it", required=False)

    def __init__(self, data: Any = None, *, present: PurposeDraft | None = None, others: list[PurposeRule]) -> None:
        self.present = present
        super().__init__(data, initial=_initial(present) if present else {"min_evidence": int(Tier.UNVERIFIED)})
        parents = [(each.id, each.id) for each in others if present is None or each.id != present.id]
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ChoiceField)
        parent.choices = [("", "Nothing"), *parents]
        if present is not None:
            del self.fields["id"]

    def draft(self) -> PurposeDraft:
        """What the form says, once it is valid; other languages stay as they are."""
        said = self.cleaned_data
        texts = {language: dict(words) for language, words in (self.present.texts if self.present else {}).items()}
        texts["en"] = {**texts.get("en", {}), **{name: said[field] for name, field in _TEXTS.items() if said[field]}}
        for name, field in _TEXTS.items():
            if not said[field]:
                texts["en"].pop(name, None)
        return PurposeDraft(
            id=self.present.id if self.present else said["id"],
            parent=said["parent"],
            legal_basis=LegalBasis(said["legal_basis"]),
            regime=Regime(said["regime"]),
            min_evidence=said["min_evidence"],
            ttl_seconds=said["ttl_days"] * _DAY if said["ttl_days"] else None,
            gpc_applies=said["gpc_applies"],
            notice=said["notice"],
            minor_age=said["minor_age"],
            sensitive=said["sensitive"],
            agent_allowed=said["agent_allowed"],
            needs=tuple(said["needs"].split()),
            categories=tuple(said["categories"].split()),
            texts=texts,
        )

    def refuse(self, error: PurposeInvalid) -> None:
        """Say what does not fit on top of the form."""
        self.add_error(None, error.problem)


class NoticeForm(forms.Form):
    """A version of a notice in one language."""

    id = forms.CharField(label="Notice", max_length=64, help_text="Its short name, for example privacy.")
    version = forms.IntegerField(label="Version", min_value=1, max_value=1_000_000)
    language = forms.CharField(label="Language", max_length=16, initial="en", help_text="A tag such as en or de.")
    title = forms.CharField(label="Title", max_length=200)
    jurisdiction = forms.CharField(label="Jurisdiction", max_length=16, required=False, help_text="For example EU.")
    text = forms.CharField(
        label="Text",
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="Plain text. It never changes.",
    )
    material = forms.BooleanField(
        label="A material change",
        required=False,
        help_text="Everybody who said yes to an older version is asked again.",
    )
    purposes = forms.MultipleChoiceField(label="What it informs about", widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, purposes: list[PurposeRule], initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["purposes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(each.id, each.id) for each in purposes]

    def ref(self) -> NoticeRef:
        """How the version is named."""
        said = self.cleaned_data
        return NoticeRef(said["id"], said["version"], said["language"])


class ProcessorForm(forms.Form):
    """Who works with customers' data besides the house."""

    id = forms.CharField(label="Short name", max_length=64, help_text="Stays for ever.")
    title = forms.CharField(label="Name", max_length=200, help_text="What the customer reads.")
    kind = forms.ChoiceField(
        label="What it is",
        choices=[(each.value, rules.PROCESSORS[each].capitalize().replace("Ai ", "AI ")) for each in ProcessorKind][1:],
    )


class MandateForm(forms.Form):
    """Who may choose for a customer, and until when."""

    holder = forms.CharField(label="Who chooses for her", max_length=120, help_text="Email address or customer number.")
    kind = forms.ChoiceField(
        label="As", choices=[(MandateKind.PROXY.value, "Proxy"), (MandateKind.GUARDIAN.value, "Guardian")]
    )
    purposes = forms.CharField(
        label="For which purposes", max_length=500, required=False, help_text="Names with spaces. Empty: all."
    )
    expires_on = forms.DateField(
        label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text="Empty: until revoked."
    )
    evidence = forms.CharField(
        label="Document", max_length=200, help_text="Where the power of attorney or the order is filed."
    )

    def expires_at(self) -> datetime | None:
        """The instant at which it ends."""
        day = self.cleaned_data["expires_on"]
        return datetime.combine(day, time.max, tzinfo=UTC) if day else None


class SearchForm(forms.Form):
    """Whose choices are to be looked at."""

    hint = forms.CharField(
        label="Email address or customer number",
        max_length=254,
        help_text="Also the id of a device or a record. Every question is written to the journal.",
    )


def _initial(draft: PurposeDraft) -> dict[str, Any]:
    words = draft.texts.get("en", {})
    names = ("parent", "notice", "minor_age", "gpc_applies", "sensitive", "agent_allowed", "min_evidence")
    return {
        **{name: getattr(draft, name) for name in names},
        **{field: words.get(name, "") for name, field in _TEXTS.items()},
        "legal_basis": draft.legal_basis.value,
        "regime": draft.regime.value,
        "ttl_days": max(draft.ttl_seconds // _DAY, 1) if draft.ttl_seconds else None,
        "needs": " ".join(draft.needs),
        "categories": " ".join(draft.categories),
    }
