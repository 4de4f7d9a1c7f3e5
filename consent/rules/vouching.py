"""How much of what somebody says of a customer's choice is proved: who may write, and how well it counts."""

from consent.types import SIGNAL_SOURCE, PurposeRule, Tier

CONFIDENT = 0.80
CONFIDENT_OF_SENSITIVE = 0.95
"""How surely the person must be the customer for her choice to count as proved: as for an offer, as for her history."""

IMPORT_SOURCE = "import"
_OWN_SOURCES = frozenset({"portal", "split", "erasure", "undo", "operator"})
_NOTHING_PROVED = "0"


def is_claimable(source: str) -> bool:
    """Whether somebody outside may name a source: the house's own are for the house to name."""
    return source not in _OWN_SOURCES


def is_authenticated(acr: str | None) -> bool:
    """Whether anything was proved in a session at all."""
    return bool(acr) and acr != _NOTHING_PROVED


def is_confident(confidence: float | None, purpose: PurposeRule | None) -> bool:
    """Whether a session is surely enough its customer's for her choice on a purpose to count as proved."""
    if confidence is None:
        return False
    return confidence >= (CONFIDENT_OF_SENSITIVE if purpose and purpose.sensitive else CONFIDENT)


def tier_for(source: str, vouched: Tier) -> Tier:
    """How well a choice from a source counts at most; a signal is a signal, whoever passes it on."""
    if source == SIGNAL_SOURCE:
        return Tier.SIGNAL
    return min(vouched, Tier.INFERRED) if source == IMPORT_SOURCE else vouched
