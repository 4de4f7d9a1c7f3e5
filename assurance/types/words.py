"""Codes: groups of signals, health of feeds, outcomes, risks, labels, states of consent."""

from enum import StrEnum


class Group(StrEnum):
    """Signals of one group are correlated: the strongest counts, and half of the next."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"
    DEVICE_NETWORK = "device_network"
    BEHAVIOR = "behavior"
    RISK = "risk"
    HUMAN_CHECK = "human_check"


class Health(StrEnum):
    """The fuse of the feed a signal came from."""

    OK = "ok"
    LATE = "late"
    STALE = "stale"
    FAILED = "failed"
    POISONED = "poisoned"


class Brings(StrEnum):
    """What decisions rest on an inbound feed for: reports of risks, whose absence speaks too; attributes of people; or
    nothing, because it is switched off."""

    RISKS = "risks"
    ATTRIBUTES = "attributes"
    NOTHING = ""


class Outcome(StrEnum):
    """What a channel is told to do, from the strictest to the mildest."""

    REFUSE = "refuse"
    SUPPRESS = "suppress"
    REVIEW = "review"
    STEP_UP = "step_up"
    PERMIT = "permit"


class RiskKind(StrEnum):
    """Standing risks: what happened to an account, or was reported of it."""

    REPORTED_THEFT = "reported_theft"
    SIM_SWAP = "sim_swap"
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    CREDENTIAL_COMPROMISE = "credential_compromise"
    BOT = "bot"


class Label(StrEnum):
    """What a channel can report of a decision."""

    SHOWN = "shown"
    DONE = "done"
    ABANDONED = "abandoned"
    COMPLAINED = "complained"
    WRONG_PERSON = "wrong_person"


class ConsentState(StrEnum):
    """What the registry holds of a customer and a purpose; `unknown` is not yes.

    `not_needed` is an action without a purpose, `not_asked` one that fails for want of anybody to ask about,
    `not_allowed` a processor or an agent that nobody registered for it.
    """

    NOT_NEEDED = "not_needed"
    NOT_ASKED = "not_asked"
    PERMIT = "permit"
    DENY = "deny"
    UNKNOWN = "unknown"
    UNKNOWN_PURPOSE = "unknown_purpose"
    NOT_ALLOWED = "not_allowed"


class Bar(StrEnum):
    """Why a question is not judged: the answer is the same whether or not what it names exists."""

    UNKNOWN_CHANNEL = "unknown_channel"
    UNKNOWN_SUBJECT_TYPE = "unknown_subject_type"
    NO_PART_IN_SESSION = "no_part_in_session"
    OTHER_ACCOUNT = "other_account"


class Semantics(StrEnum):
    """How far a batch of questions is answered (AuthZEN Authorization API 1.0, `evaluations_semantic`)."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"
