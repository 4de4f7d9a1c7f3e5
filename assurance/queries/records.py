"""Decisions as the journal holds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assurance.events import DECISION_MADE
from assurance.rules import read_facts
from assurance.types import Facts
from audit.queries import find_event, list_events_of_type


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """One decision with everything it rested on: judging `facts` again gives the number that stands here."""

    id: str
    decided_at: datetime
    subject: str
    sid: str
    client_id: str
    channel: str
    journey: str
    trace_id: str
    facts: Facts
    judgement: dict[str, Any]
    versions: dict[str, Any]


def find_decision(*, decision_id: str) -> RecordedDecision | None:
    """A decision by its id, or None."""
    event = find_event(event_id=decision_id)
    return _read(event) if event is not None and event.type == DECISION_MADE.name else None


def list_decisions(*, limit: int, subject: str = "", channel: str = "") -> Iterator[RecordedDecision]:
    """The newest decisions first, of one subject or channel or of all; at most `limit`."""
    for event in list_events_of_type(type=DECISION_MADE, limit=limit, subject=subject, channel=channel):
        yield _read(event)


@dataclass(frozen=True, slots=True)
class Page:
    """Some decisions, and before which place in the journal the next page begins; None is the last page."""

    decisions: tuple[RecordedDecision, ...]
    older: int | None


def pick_decisions(
    *,
    limit: int,
    among: int,
    subject: str = "",
    channel: str = "",
    outcome: str = "",
    action: str = "",
    before: int | None = None,
) -> Page:
    """The newest decisions of one outcome or action too, at most `limit`, from `before` on.

    One page looks at `among` so many of the journal's lines at most, and may hold none where the next still does.
    """
    rows = list_events_of_type(type=DECISION_MADE, limit=among + 1, subject=subject, channel=channel, before=before)
    found: list[RecordedDecision] = []
    last = None
    for looked_at, row in enumerate(rows):
        if len(found) == limit or looked_at == among:
            return Page(tuple(found), last)
        last = row.pk
        if _fits(row.payload, outcome, action):
            found.append(_read(row))
    return Page(tuple(found), None)


def _fits(payload: dict[str, Any], outcome: str, action: str) -> bool:
    return outcome in ("", payload["judgement"]["outcome"]) and action in ("", payload["facts"]["action"])


def _read(event: Any) -> RecordedDecision:
    payload = event.payload
    return RecordedDecision(
        id=event.event_id,
        decided_at=event.occurred_at,
        subject=event.subject,
        sid=event.session,
        client_id=event.client,
        channel=event.channel,
        journey=event.journey,
        trace_id=event.trace_id,
        facts=read_facts(payload["facts"]),
        judgement=payload["judgement"],
        versions=payload["versions"],
    )
