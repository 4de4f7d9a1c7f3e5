"""The deeds of this room."""

from resolution.services.forgetting import clear_superseded, forget_subject
from resolution.services.landing import land_records
from resolution.services.ruling import rule_outdated, rule_subject
from resolution.services.taking_back import give_back, take_back

__all__ = [
    "clear_superseded",
    "forget_subject",
    "give_back",
    "land_records",
    "rule_outdated",
    "rule_subject",
    "take_back",
]
