"""Going back to what a source said before, and forward again."""

from collections.abc import Collection

from audit import journal
from audit.types import EventType
from kit.call import CallContext
from kit.unit_of_work import deed
from resolution import events
from resolution.models import SourceRecord, Version
from resolution.queries import list_golden_by_use
from resolution.services.ruling import tell_differences
from resolution.types import Reverted


@deed
def take_back(*, source: str, batches: Collection[str], call: CallContext) -> tuple[Reverted, ...]:
    """Let what came in these batches count no more: each attribute is again what was said before, or nothing, and a
    record that they said was somebody's is nobody's again.

    Nothing is deleted; `give_back` undoes it. Answers every attribute that these batches had spoken of.
    """
    rows = Version.objects.standing().filter(record__source=source, batch__in=list(batches))
    linked = SourceRecord.objects.filter(source=source, linked_in__in=list(batches)).exclude(subject="")
    records = {*rows.values_list("record_id", flat=True), *linked.values_list("pk", flat=True)}
    return _turn(records, batches, source, events.RECORDS_TAKEN_BACK, call)


@deed
def give_back(*, source: str, batches: Collection[str], call: CallContext) -> tuple[Reverted, ...]:
    """Let what was taken back count again; a sequence that was delivered anew meanwhile stays as it came then."""
    rows = Version.objects.filter(record__source=source, batch__in=list(batches), taken_back_at__isnull=False)
    freed = SourceRecord.objects.filter(source=source, linked_in__in=list(batches)).exclude(unlinked_from="")
    records = {*rows.values_list("record_id", flat=True), *freed.values_list("pk", flat=True)}
    return _turn(records, batches, source, events.RECORDS_GIVEN_BACK, call)


def _turn(
    records: Collection[int], batches: Collection[str], source: str, event: EventType, call: CallContext
) -> tuple[Reverted, ...]:
    wanted = list(SourceRecord.objects.filter(pk__in=set(records)).select_for_update(no_key=True).order_by("pk"))
    before = list_golden_by_use({sub for row in wanted for sub in (row.subject, row.unlinked_from) if sub})
    versions = list(Version.objects.filter(record__in=wanted, batch__in=list(batches)))
    pairs = {(row.record_id, row.attribute) for row in versions}
    if event == events.RECORDS_TAKEN_BACK:
        turned = [row.pk for row in versions if row.taken_back_at is None]
        Version.objects.filter(pk__in=turned).update(taken_back_at=call.now, is_current=False)
        _unlink([row for row in wanted if row.linked_in in batches and row.subject])
    else:
        turned = _restore([row for row in versions if row.taken_back_at is not None])
        _link_again([row for row in wanted if row.linked_in in batches and row.unlinked_from], call)
    current = _choose_current(pairs)

    if turned:
        journal.record(event, call=call, payload={"source": source, "batches": sorted(batches), "values": len(turned)})
    tell_differences(before=before, source=source, batch="", call=call)
    by_id = {row.pk: row for row in wanted}
    return tuple(
        Reverted(row.ref, row.subject or row.unlinked_from, attribute, current.get((record, attribute)))
        for record, attribute in sorted(pairs)
        for row in [by_id[record]]
    )


def _unlink(rows: list[SourceRecord]) -> None:
    """These records are nobody's again: whose they are was said in what counts no more."""
    for row in rows:
        row.unlinked_from, row.subject, row.linked_at = row.subject, "", None
        row.save(update_fields=["unlinked_from", "subject", "linked_at"])


def _link_again(rows: list[SourceRecord], call: CallContext) -> None:
    for row in rows:
        row.subject, row.unlinked_from, row.linked_at = row.unlinked_from, "", call.now
        row.save(update_fields=["unlinked_from", "subject", "linked_at"])


def _restore(rows: list[Version]) -> list[int]:
    standing = Version.objects.standing().filter(record__in=[row.record_id for row in rows])
    taken = set(standing.values_list("record_id", "attribute", "sequence"))
    free = [row.pk for row in rows if (row.record_id, row.attribute, row.sequence) not in taken]
    Version.objects.filter(pk__in=free).update(taken_back_at=None)
    return free


def _choose_current(pairs: Collection[tuple[int, str]]) -> dict[tuple[int, str], object]:
    """Mark the highest sequence that stands of each attribute; what it says, by record and attribute."""
    best: dict[tuple[int, str], Version] = {}
    rows = Version.objects.standing().filter(record__in={record for record, _ in pairs})
    for row in rows.order_by("sequence"):
        best[row.record_id, row.attribute] = row
    chosen = {key: row for key, row in best.items() if key in set(pairs)}
    others = Version.objects.current().filter(record__in={record for record, _ in pairs})
    ours = [row.pk for row in others if (row.record_id, row.attribute) in set(pairs)]
    Version.objects.filter(pk__in=ours).update(is_current=False)
    Version.objects.filter(pk__in=[row.pk for row in chosen.values()]).update(is_current=True)
    return {key: row.value for key, row in chosen.items()}
