"""Judgement of this room: who may act for a customer, and what may be written about it."""

import unicodedata
from collections.abc import Sequence

from channel_registry.types import meets
from delegation.errors import AssistanceClosed, NotStaff, StaffLevelTooLow
from delegation.types import (
    LONGEST_HINT,
    LONGEST_NOTE,
    STAFF_ACR,
    STAFF_ROLES,
    DelegationState,
    Reason,
    Refused,
    StaffFacts,
)
from kit.refusal import Refusal
from sessions_hub.types import SessionState, Via

LEAST_ACR = "urn:throughline:1fa"
# Controls, surrogates, separators of lines, and the marks that turn the text around them.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def first_objection(facts: StaffFacts) -> type[Refusal] | None:
    """Why a caller may not act as staff here and now, or None. Whoever is no staff learns nothing else."""
    if not (facts.is_herself and facts.is_active_operator and facts.roles & STAFF_ROLES):
        return NotStaff
    if not facts.channel_opens_assistance:
        return AssistanceClosed
    return None if meets(facts.acr, STAFF_ACR) else StaffLevelTooLow


def is_ticket_proof(session: SessionState, *, client_id: str) -> bool:
    """Whether a session proves that its customer is there: handed over to this very client by ticket, and worth
    something still.
    """
    return session.via is Via.HANDOFF and session.opened_by == client_id and meets(session.level.acr, LEAST_ACR)


def rests_on(delegation: DelegationState, refused: Refused, ancestors: Sequence[str]) -> bool:
    """Whether somebody acts because of what was refused now; `ancestors` are the purposes above the one it rests on."""
    if not delegation.purpose or refused.purpose not in (delegation.purpose, *ancestors):
        return False
    return refused.channel in ("", delegation.channel) and refused.processor in ("", delegation.actor)


def fault_in_note(note: str) -> str | None:
    """Why a note cannot be kept, as one sentence, or None when it can."""
    if len(note) > LONGEST_NOTE:
        return f"A note has at most {LONGEST_NOTE} characters."
    if any(unicodedata.category(each) in _UNPRINTABLE or each in _TURNING_MARKS for each in note):
        return "A note is one line of letters, marks and spaces that can be printed."
    return None


def fault_in_reason(reason: str) -> str | None:
    """Why a reason is none, as one sentence that names those there are, or None."""
    known = [each.value for each in Reason]
    return None if reason in known else f"A reason is one of {', '.join(known)}."


def fault_in_hint(hint: str) -> str | None:
    """Why a login hint can be nobody's, as one sentence, or None."""
    if not hint.strip() or len(hint) > LONGEST_HINT:
        return f"A login hint is an e-mail address or a subject, at most {LONGEST_HINT} characters."
    if any(unicodedata.category(each) in _UNPRINTABLE for each in hint):
        return "A login hint is one line of characters that can be printed."
    return None
