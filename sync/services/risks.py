"""What a feed says against people, told to the judge."""

from collections.abc import Collection

import assurance.services
from assurance.queries import list_risks
from assurance.types import RiskKind
from kit.call import CallContext
from resolution.queries import list_signals
from sync import rules
from sync.models import Feed
from sync.types import FeedKind, FeedSettings


def weigh_risks(
    row: Feed, settings: FeedSettings, subjects: Collection[str], call: CallContext, *, clearing: bool = True
) -> None:
    """Let the risks stand that the feed's records say, and no others of this feed; another's are not touched.

    A risk stands while one of the records says so. Without `clearing` none goes: what a sick feed has said against
    somebody holds her back until a person has looked.
    """
    if settings.kind is not FeedKind.RISK:
        return
    for subject, wanted in _list_raised(settings.source, subjects):
        for kind in sorted(wanted):
            assurance.services.raise_risk(subject=subject, kind=kind, source=row.slug, call=call)
        if clearing and (cleared := _clear(row, subject, wanted, call)):
            let_feeds_stand(subject, cleared, call)


def _list_raised(source: str, subjects: Collection[str]) -> list[tuple[str, set[RiskKind]]]:
    """The risks that the records of a source say now, by subject."""
    said = list_signals(source=source, subjects=subjects)
    return [
        (subject, {RiskKind(kind) for kind, states in said[subject].items() if rules.RAISED in states})
        for subject in sorted(said)
    ]


def _clear(row: Feed, subject: str, wanted: Collection[RiskKind], call: CallContext) -> set[RiskKind]:
    """Clear what the feed has raised and says no more; which."""
    flags = [each for each in list_risks(subject=subject) if each.source == row.slug and each.cleared_at is None]
    over = [each for each in flags if RiskKind(each.kind) not in wanted]
    for flag in over:
        assurance.services.clear_risk(flag_id=flag.flag_id, call=call)
    return {RiskKind(flag.kind) for flag in over}


def let_feeds_stand(subject: str, cleared: Collection[RiskKind], call: CallContext) -> None:
    """Of a kind one risk stands, raised by whoever was first: what a feed still says after somebody else has cleared
    his, goes on standing under its name. Part of an open deed."""
    for feed in Feed.objects.filter(body__kind=FeedKind.RISK.value).order_by("slug"):
        for _, raised in _list_raised(rules.parse_feed(feed.slug, feed.body).source, [subject]):
            for kind in sorted(raised & set(cleared)):
                assurance.services.raise_risk(subject=subject, kind=kind, source=feed.slug, call=call)
