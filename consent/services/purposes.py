"""What operators say about purposes."""

from typing import Any

from django.db import transaction

from audit import journal
from consent import rules
from consent.errors import PurposeInvalid, UnknownPurpose
from consent.events import PURPOSE_CHANGED, PURPOSE_RETIRED
from consent.models import Purpose
from consent.queries import forget_catalog
from consent.types import PurposeDraft
from kit.call import CallContext
from kit.locks import hold_name
from kit.unit_of_work import deed

CATALOG = "the catalog of consent"


@deed
def put_purpose(*, draft: PurposeDraft, call: CallContext) -> int:
    """Say what a purpose is, new or not; answers its version. The same said again changes nothing.

    A purpose that was retired is in force again. `notice_min` stays as it is: see `publish_notice` and
    `require_notice`. Raises PurposeInvalid.
    """
    hold_name(CATALOG)  # two changes together must not close a circle that neither closes alone
    row = Purpose.objects.filter(pk=draft.id).first()
    parents = {pk: parent or "" for pk, parent in Purpose.objects.values_list("pk", "parent_id")}
    if objections := rules.check_purpose(draft, parents):
        raise PurposeInvalid(" ".join(objections))

    values = _values(draft)
    if row is not None and row.retired_at is None and all(getattr(row, name) == each for name, each in values.items()):
        return row.version
    row = row or Purpose(pk=draft.id, version=0)
    for name, value in values.items():
        setattr(row, name, value)
    row.retired_at = None
    _save(row, call)
    journal.record(PURPOSE_CHANGED, call=call, payload=_facts(row))
    return row.version


@deed
def require_notice(*, purpose: str, version: int, call: CallContext) -> None:
    """Let permissions of a purpose count from this version of its notice on. Raises UnknownPurpose."""
    hold_name(CATALOG)
    row = Purpose.objects.filter(pk=purpose).first()
    if row is None:
        raise UnknownPurpose
    if row.notice_min != version:
        row.notice_min = version
        _save(row, call)
        journal.record(PURPOSE_CHANGED, call=call, payload=_facts(row))


@deed
def retire_purpose(*, purpose: str, call: CallContext) -> bool:
    """Pursue a purpose and those below it no more: nothing is permitted for it. False when it was so already.

    Raises UnknownPurpose.
    """
    hold_name(CATALOG)
    parents = {pk: parent or "" for pk, parent in Purpose.objects.values_list("pk", "parent_id")}
    if purpose not in parents:
        raise UnknownPurpose
    below = [id for id in parents if id == purpose or purpose in rules.ancestors_of(id, parents)]
    rows = list(Purpose.objects.filter(pk__in=below, retired_at=None))
    for row in rows:
        row.retired_at = call.now
        _save(row, call)
        journal.record(PURPOSE_RETIRED, call=call, payload={"purpose": row.pk, "version": row.version})
    return bool(rows)


def _save(row: Purpose, call: CallContext) -> None:
    row.version += 1
    row.changed_at = call.now
    row.save()
    forget_catalog()
    transaction.on_commit(forget_catalog)  # a thread may have read the old catalog again before the commit


def _values(draft: PurposeDraft) -> dict[str, Any]:
    return {
        "parent_id": draft.parent or None,
        "legal_basis": draft.legal_basis.value,
        "regime": draft.regime.value,
        "min_evidence": int(draft.min_evidence),
        "ttl_seconds": draft.ttl_seconds,
        "gpc_applies": draft.gpc_applies,
        "notice": draft.notice,
        "minor_age": draft.minor_age,
        "sensitive": draft.sensitive,
        "agent_allowed": draft.agent_allowed,
        "needs": list(draft.needs),
        "categories": list(draft.categories),
        "texts": {language: dict(words) for language, words in draft.texts.items()},
    }


def _facts(row: Purpose) -> dict[str, Any]:
    """The whole purpose as it now is: the journal is its history."""
    kept = {"changed_at", "retired_at", "id"}
    values = {field.attname: getattr(row, field.attname) for field in Purpose._meta.concrete_fields}
    return {"purpose": row.pk, **{name: value for name, value in values.items() if name not in kept}}
