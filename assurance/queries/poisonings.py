"""Decisions that rest on data which turned out to be wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assurance.models import FeedPoisoning
from assurance.queries.records import RecordedDecision


@dataclass(frozen=True, slots=True)
class Poisoning:
    """A feed brought wrong data after `good_until`; it was noticed at `found_at`, and nothing came through since."""

    feed: str
    good_until: datetime
    found_at: datetime


def list_poisonings() -> tuple[Poisoning, ...]:
    """Every stretch of wrong data, the newest first."""
    rows = FeedPoisoning.objects.order_by("-pk").values_list("feed", "good_until", "found_at")
    return tuple(Poisoning(*row) for row in rows)


def list_poisoned(decisions: Iterable[RecordedDecision]) -> dict[str, tuple[str, ...]]:
    """By decision the feeds it rests on that brought wrong data at the time; decisions without are left out."""
    spans = list_poisonings()
    found = ((each.id, feeds_at_fault(each, spans)) for each in decisions) if spans else ()
    return {id: feeds for id, feeds in found if feeds}


def feeds_at_fault(decision: RecordedDecision, spans: Iterable[Poisoning]) -> tuple[str, ...]:
    """The feeds of a decision's evidence that brought wrong data when it was made, by name."""
    used = {each.feed for each in decision.facts.evidence if each.feed and not each.missing}
    wrong = {each.feed for each in spans if each.good_until <= decision.decided_at <= each.found_at}
    return tuple(sorted(used & wrong))
