"""Enums and numbers of the register."""

from datetime import timedelta
from enum import IntEnum, StrEnum

LONGEST_PARTY = 64
LONGEST_NAME = 64
LONGEST_EVENT_ID = 120
MOST_ITEMS = 100
INTERNAL = "internal"
"""The processor that is the house itself; it needs no registration."""

SIGNAL_SOURCE = "gpc"
SOURCES = frozenset({SIGNAL_SOURCE, "portal", "api", "import", "unsubscribe", "split", "erasure", "undo", "operator"})
"""Where a choice may come from, besides the sources that an operator ranked."""

FUTURE_TOLERANCE = timedelta(seconds=60)
"""How far ahead of ours a clock may run before what it stamped is refused."""

DENIES_TRAVEL = 0.5
GRANTS_TRAVEL = 0.99
"""From which probability on that two parties are one person a refusal, a permission counts for the other."""


class PartyKind(StrEnum):
    """What an event attaches to; the prefix of the id tells."""

    ACCOUNT = "account"
    DEVICE = "device"
    RECORD = "record"


class LegalBasis(StrEnum):
    """On what ground a purpose is pursued (GDPR article 6)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    LEGITIMATE_INTEREST = "legitimate_interest"


class Regime(StrEnum):
    """What silence means."""

    OPT_IN = "opt_in"
    OPT_OUT = "opt_out"


class Action(StrEnum):
    """What somebody did about a purpose. `confirm` affirms as a grant does; `invalidate` voids the event it names."""

    GRANT = "grant"
    DENY = "deny"
    WITHDRAW = "withdraw"
    OBJECT = "object"
    INVALIDATE = "invalidate"
    CONFIRM = "confirm"


GRANTS = frozenset({Action.GRANT, Action.CONFIRM})
REFUSALS = frozenset({Action.DENY, Action.WITHDRAW, Action.OBJECT})


class Tier(IntEnum):
    """How good the evidence of a choice is."""

    DEFAULT = 0
    INFERRED = 1
    SIGNAL = 2
    UNVERIFIED = 3
    PROXY = 4
    VERIFIED = 5


class Verdict(StrEnum):
    """Whether it may be done."""

    PERMIT = "permit"
    DENY = "deny"


class Reason(StrEnum):
    """Why, in one word; stable on the wire."""

    LEGAL_OBLIGATION = "legal_obligation"
    CONTRACT = "contract"
    LEGITIMATE_INTEREST = "legitimate_interest"
    UNKNOWN_PURPOSE = "unknown_purpose"
    UNKNOWN_PROCESSOR = "unknown_processor"
    AGENT_NOT_ALLOWED = "agent_not_allowed"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"
    SIGNAL = "gpc"
    UNKNOWN = "unknown"
    STORE_UNREACHABLE = "store_unreachable"
    # why an event does not count
    REPLAYED = "replayed"
    INVALIDATED = "invalidated"
    EXPIRED = "expired"
    RECONSENT = "reconsent"
    WEAK_EVIDENCE = "weak_evidence"
    NO_MANDATE = "no_mandate"
    MINOR = "minor"
    NO_SIGNAL_HERE = "no_signal_here"
    # why an event that counts does not win
    CLOSED_BY_NAME = "closed_by_name"
    OLDER = "older"
    WEAKER = "weaker"
    INFERRED = "inferred"
    OUTWEIGHED = "outweighed"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    BEFORE_THE_MERGE = "before_the_merge"
    LIFTED = "lifted"
    RESTATED = "restated"


class ProcessorKind(StrEnum):
    """Who works with the data."""

    INTERNAL = "internal"
    VENDOR = "vendor"
    AI_TOOL = "ai_tool"
    AI_AGENT = "ai_agent"


class LinkKind(StrEnum):
    """Why two parties may be one person: she signed in on the device, or their data match."""

    DEVICE = "device"
    MATCH = "match"


class MandateKind(StrEnum):
    """Why somebody may choose for somebody else."""

    PROXY = "proxy"
    GUARDIAN = "guardian"
