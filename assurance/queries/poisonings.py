"""Decisions that rest on data which turned out to be wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assurance.models import FeedPoisoning
from assurance.queries.records import RecordedDecision
from assurance.types import Brings


@dataclass(frozen=True, slots=True)
class Poisoning:
    """A feed brought wrong data after `good_until`; it was noticed at `found_at`, and nothing came through since."""

    feed: str
    good_until: datetime
    found_at: datetime
    brings: Brings = Brings.NOTHING


def list_poisonings() -> tuple[Poisoning, ...]:
    """Every stretch of wrong data, the newest first."""
    rows = FeedPoisoning.objects.order_by("-pk").values_list("feed", "good_until", "found_at", "brings")
    return tuple(Poisoning(feed, good_until, found_at, Brings(brings)) for feed, good_until, found_at, brings in rows)


def list_poisoned(decisions: Iterable[RecordedDecision]) -> dict[str, tuple[str, ...]]:
    """By decision the feeds it rests on that brought wrong data at the time; decisions without are left out."""
    spans = list_poisonings()
    found = ((each.id, feeds_at_fault(each, spans)) for each in decisions) if spans else ()
    return {id: feeds for id, feeds in found if feeds}


def feeds_at_fault(decision: RecordedDecision, spans: Iterable[Poisoning]) -> tuple[str, ...]:
    """The feeds that a decision rests on and that brought wrong data when it was made, by name.

    It rests on those of its evidence; on every feed of risks, because one that was withheld or cleared is not among it;
    and, where the action says how old fed data may be, on those that bring them.
    """
    wrong = [each for each in spans if each.good_until <= decision.decided_at <= each.found_at]
    return tuple(sorted({each.feed for each in wrong if _rests_on(decision, each)}))


def _rests_on(decision: RecordedDecision, span: Poisoning) -> bool:
    facts = decision.facts
    if any(each.feed == span.feed and not each.missing for each in facts.evidence):
        return True
    if not facts.is_judged:
        return False
    needs_data = facts.rule is not None and facts.rule.feed_max_age is not None
    return span.brings is Brings.RISKS or (span.brings is Brings.ATTRIBUTES and needs_data)
