"""What nobody may keep or needs any more."""

from datetime import timedelta

from django.db.models import Q

from kit.call import CallContext
from kit.unit_of_work import deed
from resolution.models import Conflict, SourceRecord, Version


@deed
def forget_subject(*, subject: str, call: CallContext) -> int:
    """Empty every record of an erased person; how many. They stay empty, whatever their sources send."""
    hers = Q(subject=subject) | Q(unlinked_from=subject)
    rows = list(SourceRecord.objects.select_for_update(no_key=True).filter(hers).order_by("pk"))
    Version.objects.filter(record__in=rows).delete()
    Conflict.objects.filter(subject=subject).delete()
    SourceRecord.objects.filter(pk__in=[row.pk for row in rows]).update(
        external_id="",
        subject="",
        unlinked_from="",
        basis="",
        linked_at=None,
        linked_in="",
        erased_at=call.now,
    )
    return len(rows)


@deed
def clear_superseded(*, older_than: timedelta, call: CallContext, limit: int = 10_000) -> int:
    """Delete versions that count no more and came over `older_than` ago; how many. No way back past them."""
    rows = Version.objects.filter(~Q(is_current=True), received_at__lt=call.now - older_than)
    deleted, _ = Version.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:limit])).delete()
    return deleted
