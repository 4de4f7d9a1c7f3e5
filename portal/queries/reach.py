"""Where a customer's choice is in force beyond the gateway, in words."""

from dataclasses import dataclass
from datetime import datetime

from sync.queries import where_consent_stands
from sync.types import Force

_FORCES = {
    Force.WAITING: ("Not told yet", "warn"),
    Force.SENT: ("Not taken yet", "warn"),
    Force.ACKNOWLEDGED: ("Told, and not confirmed yet", "warn"),
    Force.APPLIED: ("In force", "good"),
    Force.READ_BACK: ("In force, and checked there", "good"),
    Force.GIVEN_UP: ("Could not be told", "bad"),
    Force.CONTRADICTED: ("Not in force there", "bad"),
}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a choice has got in one connected system."""

    name: str
    word: str
    tone: str
    since: datetime | None


def list_reach(*, subject: str, purpose: str) -> list[Reach]:
    """How far a subject's last choice about a purpose has got in each connected system that is told of it."""
    found = where_consent_stands(subject, purpose)
    return [Reach(each.name, *_FORCES[each.force], each.since) for each in found if each.force in _FORCES]
