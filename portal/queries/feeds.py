"""Inbound feeds, and what they say of people, as operators see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.queries import find_account
from kit.documents import write_document
from kit.refusal import NotFound
from portal.types import BATCHES, FEED_REASONS, FUSES, LEVELS, RULINGS
from resolution.queries import count_conflicts, list_claims, list_conflicts, list_golden, list_records, list_uses
from resolution.types import Claim
from sync.queries import export_feeds, get_feed, list_batches, list_feeds
from sync.types import BatchSummary, FeedState


@dataclass(frozen=True, slots=True)
class FeedView:
    """One feed: `tone` and `standing` say how it is, `why` what is wrong, `shares` how often each field was null."""

    state: FeedState
    tone: str
    standing: str
    why: str
    shares: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class BatchView:
    """One delivery: what became of it, in words."""

    batch: BatchSummary
    tone: str
    standing: str
    why: str


@dataclass(frozen=True, slots=True)
class AttributeView:
    """What is believed of one attribute, who says so since when, and what others say."""

    name: str
    claim: Claim
    level: str
    ruling: str
    contested: bool
    against: tuple[Claim, ...]
    unbelieved: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Conflicts of one kind, counted."""

    attribute: str
    use: str
    winner: str
    why: str
    count: int


def list_feed_views(now: datetime) -> list[FeedView]:
    """Every feed, those that are not well first."""
    views = [_view(each) for each in list_feeds(now=now)]
    return sorted(views, key=lambda each: (each.tone == "good", each.state.slug))


def count_sick_feeds(now: datetime) -> int:
    """How many feeds that are switched on are not well."""
    return sum(each.settings.enabled and FUSES[each.health.value][0] != "good" for each in list_feeds(now=now))


def get_feed_page(slug: str, now: datetime) -> dict[str, Any]:
    """One feed with its deliveries; raises FeedUnknown."""
    state = get_feed(slug=slug, now=now)
    return {
        "feed": _view(state),
        "set_aside": [_view_batch(each) for each in list_batches(feed=slug, waiting=True)],
        "batches": [_view_batch(each) for each in list_batches(feed=slug, limit=20)],
    }


def get_attributes_page(sub: str, use: str) -> dict[str, Any]:
    """What is believed of a customer for a use, and why; raises NotFound."""
    account = find_account(sub)
    if account is None or use not in list_uses():
        raise NotFound
    believed = list_golden(subject=sub, use=use)
    shown = {each.claim.attribute for each in believed}
    silent = [each for each in list_claims([sub])[sub] if each.attribute not in shown]
    return {
        "account": account,
        "use": use,
        "uses": list_uses(),
        "attributes": [
            AttributeView(
                name=each.claim.attribute,
                claim=each.claim,
                level=LEVELS[each.claim.level],
                ruling=RULINGS[each.ruling],
                contested=each.is_contested,
                against=each.against,
                unbelieved=each.unbelieved,
            )
            for each in believed
        ],
        "unasked": sorted(silent, key=lambda each: (each.attribute, each.source)),
        "records": list_records(subject=sub),
    }


def get_conflicts_page() -> dict[str, Any]:
    """How many conflicts stand, and the newest of them."""
    counts = [
        ConflictView(each.attribute, each.use, each.winner, RULINGS[each.ruling], each.count)
        for each in count_conflicts()
    ]
    return {"counts": counts, "newest": list_conflicts(limit=20), "total": sum(each.count for each in counts)}


def _view(state: FeedState) -> FeedView:
    tone, standing = FUSES[state.health.value]
    return FeedView(state, tone, standing, _explain(state.reason), _shares(state))


def _shares(state: FeedState) -> tuple[tuple[str, str, str], ...]:
    """Of each field the share of nulls in the newest delivery that counts, and the most that is healthy."""
    batches = list_batches(feed=state.slug, limit=1)
    nulls: Mapping[str, float] = batches[0].nulls if batches else {}
    return tuple(
        (name, f"{nulls[name]:.0%}" if name in nulls else "", f"{rule.most_null:.0%}")
        for name, rule in sorted(state.settings.fields.items())
    )


def _view_batch(batch: BatchSummary) -> BatchView:
    tone, standing = BATCHES[batch.state.value]
    return BatchView(batch, tone, standing, _explain(batch.reason))


def _explain(reason: str) -> str:
    code, _, about = reason.partition(":")
    return FEED_REASONS.get(code, reason).format(about)


def get_feeds_text() -> str:
    """All feeds as the text that makes them so."""
    return write_document(export_feeds())
