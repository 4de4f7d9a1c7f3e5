"""Who is believed where sources disagree is written down, and told when it changes."""

from collections.abc import Collection, Mapping
from typing import Any

from audit import journal
from channel_registry.queries import get_sources
from kit.call import CallContext
from kit.unit_of_work import deed
from resolution import events
from resolution.models import Conflict
from resolution.queries import has_records, list_golden_by_use, list_outdated_conflicts
from resolution.types import Golden

Believed = Mapping[str, Mapping[str, tuple[Golden, ...]]]
"""By subject and use."""


@deed
def rule_subject(*, subject: str, call: CallContext) -> None:
    """Rule the conflicts about a customer anew, after the gateway itself has learned something of her."""
    if has_records(subject=subject):
        write_rulings(believed=list_golden_by_use([subject]), call=call)


@deed
def rule_outdated(*, call: CallContext, limit: int = 500) -> int:
    """Rule conflicts anew that were ruled by an earlier ranking; of how many customers, at most `limit`."""
    subjects = list_outdated_conflicts(limit=limit)
    write_rulings(believed=list_golden_by_use(subjects), call=call)
    return len(subjects)


def tell_differences(*, before: Believed, source: str, batch: str, call: CallContext) -> None:
    """Write down who is believed now, and tell of every customer of whom something else is believed than before."""
    after = list_golden_by_use(before.keys())
    write_rulings(believed=after, call=call)
    for subject in sorted(after):
        if changed := sorted(_differences(before[subject], after[subject])):
            payload = {"attributes": changed, "source": source, "batch": batch}
            journal.record(events.ATTRIBUTES_CHANGED, call=call, subject=subject, payload=payload)


def _differences(before: Mapping[str, tuple[Golden, ...]], after: Mapping[str, tuple[Golden, ...]]) -> set[str]:
    found: set[str] = set()
    for use, goldens in after.items():
        said = {each.claim.attribute: (each.claim.value, each.claim.level) for each in goldens}
        was = {each.claim.attribute: (each.claim.value, each.claim.level) for each in before.get(use, ())}
        found |= {name for name in {*said, *was} if said.get(name) != was.get(name)}
    return found


def write_rulings(*, believed: Believed, call: CallContext) -> None:
    """Keep the rulings of these subjects as they are now, and journal those that are new or different."""
    ranking = get_sources().digest
    known = {_key(row): row for row in _lock_conflicts(believed.keys())}
    rows = {
        _key(row): row
        for subject, by_use in believed.items()
        for use, goldens in by_use.items()
        for golden in goldens
        if golden.is_contested
        for row in [_conflict(subject, use, golden, ranking, call)]
    }
    news = {key: row for key, row in rows.items() if key not in known or _said(known[key]) != _said(row)}
    again = [key for key in rows if key not in news and known[key].ranking != ranking]
    Conflict.objects.filter(pk__in=[known[key].pk for key in again]).update(ranking=ranking)
    Conflict.objects.bulk_create(
        [news[key] for key in sorted(news)],
        update_conflicts=True,
        unique_fields=["subject", "attribute", "use"],
        update_fields=["ruling", "winner", "losers", "ranking", "ruled_at"],
    )
    over = [row for key, row in known.items() if key not in rows]
    Conflict.objects.filter(pk__in=[row.pk for row in over]).delete()
    _record(events.CONFLICT_RULED, news.values(), call)
    _record(events.CONFLICT_SETTLED, over, call)


def _lock_conflicts(subjects: Collection[str]) -> list[Conflict]:
    rows = Conflict.objects.select_for_update(no_key=True).filter(subject__in=list(subjects))
    return list(rows.order_by("subject", "attribute", "use"))


def _key(row: Conflict) -> tuple[str, str, str]:
    return row.subject, row.attribute, row.use


def _said(row: Conflict) -> tuple[Any, ...]:
    return row.ruling, row.winner, tuple(row.losers)


def _conflict(subject: str, use: str, golden: Golden, ranking: str, call: CallContext) -> Conflict:
    return Conflict(
        subject=subject,
        attribute=golden.claim.attribute,
        use=use,
        ruling=golden.ruling.value,
        winner=golden.claim.source,
        losers=sorted({each.source for each in golden.against}),
        ranking=ranking,
        ruled_at=call.now,
    )


def _record(type: Any, rows: Collection[Conflict], call: CallContext) -> None:
    """One line for each customer, with every attribute and use."""
    by_subject: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        told = {"attribute": row.attribute, "use": row.use, "ruling": row.ruling}
        by_subject.setdefault(row.subject, []).append({**told, "winner": row.winner, "losers": row.losers})
    for subject, rulings in sorted(by_subject.items()):
        journal.record(type, call=call, subject=subject, payload={"rulings": rulings})
