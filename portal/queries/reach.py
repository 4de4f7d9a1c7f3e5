"""Where a customer's choice is in force beyond the gateway, in words."""

from dataclasses import dataclass
from datetime import datetime

from consent.queries import list_history
from consent.types import GRANTS
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

_KNOWS = (Force.ACKNOWLEDGED, Force.APPLIED, Force.READ_BACK)
_OUTDATED = ("Knows an earlier yes only", "warn")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a choice has got in one connected system."""

    name: str
    word: str
    tone: str
    since: datetime | None


def list_reach(*, subject: str, purpose: str, allowed: bool) -> list[Reach]:
    """How far a subject's last choice about a purpose has got in each connected system that is told of it.

    `allowed` is what holds now. Where that is no although her last choice was yes (the notice has changed, a browser
    sends its signal, it has run out), a system that knows the yes does not act by what holds.
    """
    found = where_consent_stands(subject, purpose)
    words = _FORCES if allowed or not _said_yes(subject, purpose) else _FORCES | dict.fromkeys(_KNOWS, _OUTDATED)
    return [Reach(each.name, *words[each.force], each.since) for each in found if each.force in words]


def _said_yes(subject: str, purpose: str) -> bool:
    """Whether the last thing she said of a purpose was yes, and to all of it."""
    last = list_history(subject, purpose=purpose, limit=1)
    return any(each.action in GRANTS and not (each.channel or each.processor or each.category) for each in last)
