"""Decisions of which channels said whether it was she."""

from collections.abc import Iterator

from assurance.models import Label
from assurance.rules import read_facts
from assurance.types import Facts
from assurance.types import Label as LabelName
from audit.queries import list_events_by_id

MOST_LABELS = 200_000
_AT_ONCE = 500
_TELLING = {LabelName.DONE.value: True, LabelName.WRONG_PERSON.value: False}
"""What was done and never complained of was done by her; what was only shown, left or complained of says nothing."""


def list_known(*, limit: int = MOST_LABELS) -> dict[str, tuple[bool, float]]:
    """By decision whether it was the customer, and what was reported: of the newest labels, at most `limit`.

    Where one decision has both labels, it was somebody else.
    """
    rows = Label.objects.filter(outcome__in=_TELLING).order_by("-reported_at", "-pk")[:limit]
    known: dict[str, tuple[bool, float]] = {}
    for decision_id, outcome, confidence in rows.values_list("decision_id", "outcome", "confidence"):
        before = known.get(decision_id, (True, confidence))[0]
        known[decision_id] = before and _TELLING[outcome], confidence
    return known


def list_facts(*, decision_ids: list[str]) -> Iterator[tuple[str, Facts]]:
    """The facts of decisions as the journal holds them; one whose line is gone is left out."""
    for start in range(0, len(decision_ids), _AT_ONCE):
        for event in list_events_by_id(event_ids=decision_ids[start : start + _AT_ONCE]):
            yield event.event_id, read_facts(event.payload["facts"])
