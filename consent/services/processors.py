"""Who works with customers' data besides the house."""

from django.db import transaction

from audit import journal
from consent import rules
from consent.errors import PurposeInvalid
from consent.events import PROCESSOR_CHANGED, PROCESSOR_RETIRED
from consent.models import Processor
from consent.queries import forget_catalog
from consent.services.purposes import CATALOG
from consent.types import INTERNAL, ProcessorKind
from kit.call import CallContext
from kit.locks import hold_name
from kit.unit_of_work import deed


@deed
def put_processor(*, id: str, kind: ProcessorKind, title: str, call: CallContext) -> None:
    """Say who a processor is, new or not; one that was retired works again. Raises PurposeInvalid."""
    if not rules.is_slug(id) or id == INTERNAL or not title.strip() or len(title) > 200 or "\0" in title:
        raise PurposeInvalid("A processor needs an id of small letters, digits, dots and dashes, and a title.")
    hold_name(CATALOG)
    row = Processor.objects.filter(pk=id).first() or Processor(pk=id, version=0, created_at=call.now)
    if (row.kind, row.title, row.retired_at) == (kind.value, title, None) and row.version:
        return
    row.kind, row.title, row.retired_at = kind.value, title, None
    _save(row)
    journal.record(PROCESSOR_CHANGED, call=call, payload={"processor": id, "kind": kind.value, "title": title})


@deed
def retire_processor(*, id: str, call: CallContext) -> bool:
    """Have a processor work with customers' data no more: whatever names it is denied. False when there is none."""
    hold_name(CATALOG)
    row = Processor.objects.filter(pk=id, retired_at=None).first()
    if row is None:
        return False
    row.retired_at = call.now
    _save(row)
    journal.record(PROCESSOR_RETIRED, call=call, payload={"processor": id})
    return True


def _save(row: Processor) -> None:
    row.version += 1
    row.save()
    forget_catalog()
    transaction.on_commit(forget_catalog)
