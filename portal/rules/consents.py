"""Consent in a customer's words. Reasons can be read aloud to her by whoever she asks."""

from collections.abc import Mapping

from consent.types import Action, MandateKind, ProcessorKind, Reason, Tier

PROCESSORS: Mapping[str, str] = {
    ProcessorKind.INTERNAL: "ourselves",
    ProcessorKind.VENDOR: "service provider",
    ProcessorKind.AI_TOOL: "AI tool",
    ProcessorKind.AI_AGENT: "AI agent",
}
"""Who works with data, as it stands behind a name."""

MANDATES: Mapping[str, str] = {
    MandateKind.PROXY: "Somebody you gave a power of attorney to",
    MandateKind.GUARDIAN: "Your guardian",
}

SOURCES: Mapping[str, str] = {
    "portal": "on these pages",
    "gpc": "by your browser's signal",
    "import": "taken over from an earlier record",
    "unsubscribe": "by the link in a mail",
    "split": "copied when two records were taken apart",
    "erasure": "when the account was erased",
    "undo": "by the link in our mail",
    "operator": "by our staff",
}
"""Where a choice came from, as it ends a sentence."""

TIERS: Mapping[Tier, str] = {
    Tier.DEFAULT: "Default",
    Tier.INFERRED: "Inferred or imported",
    Tier.SIGNAL: "Browser signal",
    Tier.UNVERIFIED: "Said, not proved",
    Tier.PROXY: "Proxy with mandate",
    Tier.VERIFIED: "Said and proved",
}
"""How well a choice is proved, for operators."""

_WHY = {
    Reason.LEGAL_OBLIGATION: "The law asks for it, so there is nothing to choose.",
    Reason.CONTRACT: "Without it we cannot do what you ask us for.",
    Reason.LEGITIMATE_INTEREST: "We do this unless you object.",
    Reason.GRANTED: "You said yes.",
    Reason.DENIED: "You said no.",
    Reason.WITHDRAWN: "You took your yes back.",
    Reason.OBJECTED: "You objected.",
    Reason.SIGNAL: "A browser of yours sends a signal (Global Privacy Control) that asks us not to.",
    Reason.EXPIRED: "Your yes has run out.",
    Reason.RECONSENT: "The notice has changed since you said yes. It stays off until you say yes to the new one.",
    Reason.WEAK_EVIDENCE: "Somebody said yes, but we could not be sure that it was you.",
    Reason.NO_MANDATE: "Whoever said yes for you may not choose for you any more.",
    Reason.MINOR: "The yes came from somebody too young to give it.",
    Reason.AGENT_NOT_ALLOWED: "No AI agent may do this.",
    Reason.UNKNOWN_PURPOSE: "We do not do this.",
    Reason.UNKNOWN_PROCESSOR: "Whoever would work with it does not work for us.",
}
_CHOICES = {
    Action.GRANT: "You said yes",
    Action.CONFIRM: "You said yes again",
    Action.DENY: "You said no",
    Action.WITHDRAW: "You took your yes back",
    Action.OBJECT: "You objected",
    Action.INVALIDATE: "An earlier answer was declared void",
}
_LOST = {
    Reason.REPLAYED: "the same choice was recorded before",
    Reason.INVALIDATED: "it was declared void",
    Reason.EXPIRED: "it has run out",
    Reason.RECONSENT: "it was given under a notice that is too old",
    Reason.WEAK_EVIDENCE: "it proves too little for this purpose",
    Reason.NO_MANDATE: "whoever chose has no mandate any more",
    Reason.MINOR: "the person was too young",
    Reason.NO_SIGNAL_HERE: "signals do not apply to this purpose",
    Reason.CLOSED_BY_NAME: "it does not reopen what was closed by name",
    Reason.OLDER: "what won is newer",
    Reason.WEAKER: "what won is better proved",
    Reason.INFERRED: "what a person says beats what was inferred",
    Reason.OUTWEIGHED: "another refusal weighs more",
    Reason.NOT_ACKNOWLEDGED: "the browser's signal stands and was not acknowledged",
    Reason.BEFORE_THE_MERGE: "it does not settle what another record says",
    Reason.LIFTED: "a newer permission lifted it",
    Reason.RESTATED: "it was said again since",
}


def explain_consent(reason: Reason, *, permits: bool, elsewhere: str = "") -> str:
    """Why something is allowed or not, in a sentence; `elsewhere` names what decided if it was not said right here."""
    if reason is Reason.UNKNOWN:
        return (
            "It goes on unless you say no." if permits else "You have not been asked. It stays off until you say yes."
        )
    words = _WHY.get(reason, reason.value.replace("_", " ").capitalize())
    return f"{words.removesuffix('.')}: {elsewhere}." if elsewhere else words


def explain_loser(reason: Reason) -> str:
    """Why an event does not decide, in one line."""
    return _LOST.get(reason, reason.value.replace("_", " "))


def name_choice(action: Action, source: str) -> str:
    """What happened, as a line of her history."""
    if source == "gpc":
        return "Your browser said no"
    if source in {"split", "erasure"}:
        return "Recorded for you: no"
    return _CHOICES[action]


def name_ttl(days: int | None) -> str:
    """How long a yes lasts, in words."""
    if days is None:
        return "until you stop it"
    if days >= 365 and days % 365 == 0:
        years = days // 365
        return f"{years} year{'s' if years > 1 else ''}, or until you stop it"
    return f"{days} day{'s' if days != 1 else ''}, or until you stop it"
