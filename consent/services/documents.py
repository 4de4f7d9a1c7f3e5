"""Making the catalog as a document says."""

from collections.abc import Mapping
from typing import Any

from consent import queries, rules
from consent.errors import PurposeInvalid
from consent.services.notices import publish_notice, retire_notice
from consent.services.processors import put_processor, retire_processor
from consent.services.purposes import CATALOG, put_purpose, retire_purpose
from consent.types import CatalogDraft, PurposeDraft
from kit.call import CallContext
from kit.locks import hold_name
from kit.unit_of_work import deed


@deed
def apply_catalog(*, document: Mapping[str, Any], call: CallContext) -> list[str]:
    """Make purposes, notices and processors as a document says, all or nothing: what changed, one line each.

    Applying it again changes nothing. What it does not name stays as it is; nothing is ever deleted, and a notice that
    was retired stays so. See `rules.read_catalog_document` for its shape. Raises PurposeInvalid, UnknownPurpose.
    """
    wanted = rules.read_catalog_document(document)
    hold_name(CATALOG)
    present = queries.present_catalog()
    changes = rules.list_catalog_changes(wanted, present)

    for id, purpose in rules.parents_first(wanted):
        _put_purpose(id, purpose, wanted, present, call)
    for id, processor in wanted.processors.items():
        ends, ended = (f"processors.{id}" in each.retired for each in (wanted, present))
        if not (ends and ended):
            put_processor(id=id, kind=processor.kind, title=processor.title, call=call)
        if ends:
            retire_processor(id=id, call=call)
    for ref, notice in wanted.notices.items():
        if ref not in present.notices:
            said = {"title": notice.title, "jurisdiction": notice.jurisdiction, "material": notice.material}
            publish_notice(ref=ref, text=notice.text, purposes=notice.purposes, **said, call=call)  # type: ignore[arg-type]  # their kinds
        if ref in wanted.retired:
            retire_notice(ref=ref, call=call)
    _retire_purposes(wanted, present, call)
    return changes


def _put_purpose(id: str, draft: PurposeDraft, wanted: CatalogDraft, present: CatalogDraft, call: CallContext) -> None:
    ends, exists = f"purposes.{id}" in wanted.retired, id in present.purposes
    if ends and exists:
        return  # what is to be retired stays as it is
    try:
        put_purpose(draft=draft, call=call)
    except PurposeInvalid as error:
        raise PurposeInvalid(error.problem, f"purposes.{id}") from error


def _retire_purposes(wanted: CatalogDraft, present: CatalogDraft, call: CallContext) -> None:
    for id in wanted.purposes:
        key = f"purposes.{id}"
        if key in wanted.retired and key not in present.retired:
            retire_purpose(purpose=id, call=call)
