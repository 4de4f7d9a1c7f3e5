"""The words of the judge: what it weighs, what it finds. Bits are base-two logarithms of likelihood ratios."""

from assurance.types.answers import (
    LONGEST_ID,
    LONGEST_NAME,
    MOST_QUESTIONS,
    ChangedDecision,
    Confidence,
    Decision,
    Differences,
    Entry,
    Judgement,
    Objection,
    Question,
    Unreadable,
)
from assurance.types.evidence import Evidence, Line
from assurance.types.facts import Consent, Facts, Link, Proving, Reach, SessionFacts
from assurance.types.material import Crowd, Failure, Feed, Material, Profile, Sighting, Standing
from assurance.types.stepping import ProofRefused, StepUpState, StepUpStatus, Wanted
from assurance.types.words import Bar, ConsentState, Group, Health, Label, Outcome, RiskKind, Semantics

__all__ = [
    "LONGEST_ID",
    "LONGEST_NAME",
    "MOST_QUESTIONS",
    "Bar",
    "ChangedDecision",
    "Confidence",
    "Consent",
    "ConsentState",
    "Crowd",
    "Decision",
    "Differences",
    "Entry",
    "Evidence",
    "Facts",
    "Failure",
    "Feed",
    "Group",
    "Health",
    "Judgement",
    "Label",
    "Line",
    "Link",
    "Material",
    "Objection",
    "Outcome",
    "Profile",
    "ProofRefused",
    "Proving",
    "Question",
    "Reach",
    "RiskKind",
    "Semantics",
    "SessionFacts",
    "Sighting",
    "Standing",
    "StepUpState",
    "StepUpStatus",
    "Unreadable",
    "Wanted",
]
