"""What the registry's answer means for an action, and what it would take; the registry's reason is told in words."""

from assurance.types import Consent, ConsentState, Objection, Outcome


def object_for_consent(consent: Consent) -> Objection | None:
    """The objection to an action that needs a purpose, or None.

    No yes is `suppress`: the customer sees the neutral version, and nothing is said about it. What nobody registered
    is `refuse`.
    """
    if consent.state not in _CODES:
        return None
    code, outcome, otherwise = _CODES[consent.state]
    return Objection(code, outcome, _SAID.get(consent.reason, otherwise))


def hint_for_consent(objection: Objection, consent: Consent) -> str:
    """What would have changed the outcome, where the objection is one of `object_for_consent`; else nothing."""
    return _WANTED.get(consent.reason, _HER_YES) if objection.code in _ABOUT_CONSENT else ""


_NO, _NOTHING = "The customer has said no to this purpose.", "The customer has not said yes to this purpose."
_CODES = {
    ConsentState.UNKNOWN_PURPOSE: (
        *("unknown_purpose", Outcome.REFUSE),
        "The registry of consent does not know the purpose.",
    ),
    ConsentState.NOT_ALLOWED: (
        *("processor_not_allowed", Outcome.REFUSE),
        "Whoever would work with the data may not for this purpose.",
    ),
    ConsentState.DENY: ("consent_denied", Outcome.SUPPRESS, _NO),
    ConsentState.UNKNOWN: ("consent_missing", Outcome.SUPPRESS, _NOTHING),
}
_ABOUT_CONSENT = frozenset(code for code, _, _ in _CODES.values())
# The registry's reasons (`consent.types.Reason`), where they say more than the state.
_SAID = {
    "withdrawn": "The customer has taken back what she had permitted for this purpose.",
    "objected": "The customer has objected to this purpose.",
    "gpc": "A browser of the customer signals that she refuses this purpose.",
    "reconsent": "The customer permitted this under a notice that says something else by now.",
    "expired": "What the customer had permitted for this purpose has expired.",
    "invalidated": "What the customer had permitted for this purpose was declared void.",
    "weak_evidence": "That the customer permitted this is not proved well enough for this purpose.",
    "no_mandate": "Whoever permitted this for the customer may not speak for her.",
    "minor": "The customer is too young to permit this herself.",
    "unknown_processor": "The registry of consent does not know who would work with the data.",
    "agent_not_allowed": "Agents may not act for this purpose.",
    "store_unreachable": "What the customer has said could not be looked up: the registry cannot be read.",
    "not_recorded": "What the customer had said to this purpose was not looked up then.",
}
_HER_YES = "The customer's own yes to this purpose."
_WANTED = {
    "unknown_purpose": "A purpose that the registry of consent knows.",
    "gpc": "The customer's own yes, given signed in and after she was shown that her browser signals otherwise.",
    "reconsent": "The customer's own yes under the notice as it is now.",
    "expired": "The customer's own yes, given anew.",
    "weak_evidence": "The customer's own yes, given where it is sure enough that it is she.",
    "no_mandate": "The customer's own yes, or a mandate that covers it.",
    "minor": "The yes of somebody who may speak for her.",
    "unknown_processor": "A processor that the registry of consent knows.",
    "store_unreachable": "The registry of consent, readable again.",
    "agent_not_allowed": "A purpose that agents may act for, or the customer acting herself.",
}
