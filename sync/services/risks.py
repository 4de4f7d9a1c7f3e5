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
    said = list_signals(source=settings.source, subjects=subjects)
    for subject in sorted(said):
        wanted = {RiskKind(kind) for kind, states in said[subject].items() if rules.RAISED in states}
        for kind in sorted(wanted):
            assurance.services.raise_risk(subject=subject, kind=kind, source=row.slug, call=call)
        if clearing:
            _clear(row, subject, wanted, call)


def _clear(row: Feed, subject: str, wanted: Collection[RiskKind], call: CallContext) -> None:
    for flag in list_risks(subject=subject):
        if flag.source == row.slug and flag.cleared_at is None and RiskKind(flag.kind) not in wanted:
            assurance.services.clear_risk(flag_id=flag.flag_id, call=call)
