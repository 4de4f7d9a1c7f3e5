"""The catalog as a document: what one would change, and writing it out."""

from collections.abc import Mapping
from typing import Any

from consent import rules
from consent.models import Purpose
from consent.queries.catalog import list_all_purposes, list_processors
from consent.queries.notices import list_notices
from consent.types import (
    CatalogDraft,
    LegalBasis,
    NoticeDraft,
    ProcessorDraft,
    ProcessorKind,
    PurposeDraft,
    Regime,
)


def plan_catalog(document: Mapping[str, Any]) -> list[str]:
    """What `services.apply_catalog` would change, without changing it. Raises PurposeInvalid."""
    return rules.list_catalog_changes(rules.read_catalog_document(document), present_catalog())


def export_catalog() -> dict[str, Any]:
    """Every purpose, notice and processor as a document that `services.apply_catalog` takes."""
    return rules.write_catalog_document(present_catalog())


def present_catalog() -> CatalogDraft:
    """The catalog as it is, retired parts included."""
    purposes = list_all_purposes()
    processors = list_processors()
    notices = list_notices()
    retired: set[object] = {f"purposes.{row.pk}" for row in purposes if row.retired_at}
    retired |= {f"processors.{row.pk}" for row in processors if row.retired_at}
    retired |= {notice.ref for notice in notices if notice.retired_at}
    drafts = [
        NoticeDraft(each.ref, each.text, each.purposes, each.material, each.title, each.jurisdiction)
        for each in notices
    ]
    return CatalogDraft(
        purposes={row.pk: draft_of(row) for row in purposes},
        notices={each.ref: each for each in drafts},
        processors={row.pk: ProcessorDraft(row.pk, ProcessorKind(row.kind), row.title) for row in processors},
        retired=frozenset(retired),
    )


def draft_of(row: Purpose) -> PurposeDraft:
    """A purpose as an operator would write it."""
    return PurposeDraft(
        id=row.pk,
        parent=row.parent_id or "",
        legal_basis=LegalBasis(row.legal_basis),
        regime=Regime(row.regime),
        min_evidence=row.min_evidence,
        ttl_seconds=row.ttl_seconds,
        gpc_applies=row.gpc_applies,
        notice=row.notice,
        minor_age=row.minor_age,
        sensitive=row.sensitive,
        agent_allowed=row.agent_allowed,
        needs=tuple(row.needs),
        categories=tuple(row.categories),
        texts=row.texts,
    )
