"""Purposes and processors: answered from memory, at most a second old on every node."""

from datetime import timedelta

from django.db.models import Count, Sum

from consent import rules
from consent.errors import UnknownPurpose
from consent.models import Mandate, Processor, Purpose
from consent.types import INTERNAL, Catalog, LegalBasis, ProcessorKind, PurposeRule, Regime
from kit.fresh import Fresh

FRESH_SECONDS = 1.0


def get_catalog() -> Catalog:
    """Every purpose in force, and the processors that may be named."""
    return _memory.get()[1]


def find_purpose(id: str) -> PurposeRule | None:
    """The purpose in force of that id, or None."""
    return get_catalog().purposes.get(id)


def get_purpose(id: str) -> PurposeRule:
    """The purpose in force of that id. Raises UnknownPurpose."""
    purpose = find_purpose(id)
    if purpose is None:
        raise UnknownPurpose
    return purpose


def list_purposes() -> list[PurposeRule]:
    """The purposes in force, each after its parent."""
    purposes = get_catalog().purposes
    return sorted(purposes.values(), key=lambda each: (*reversed(each.ancestors), each.id))


def list_heeding() -> tuple[str, ...]:
    """The purposes that a browser's signal denies, by id."""
    return tuple(sorted(purpose.id for purpose in get_catalog().purposes.values() if purpose.gpc_applies))


def list_all_purposes() -> list[Purpose]:
    """Every purpose there ever was, by id, for operators."""
    return list(Purpose.objects.all())


def list_processors() -> list[Processor]:
    """Every processor there ever was, by id, for operators."""
    return list(Processor.objects.all())


def list_mandates(party: str) -> list[Mandate]:
    """Who may or could once choose for a party, the latest first."""
    return list(Mandate.objects.filter(party=party))


def forget_catalog() -> None:
    """Drop what this process remembers."""
    _memory.forget()


def load_rules(*, retired: bool = False) -> dict[str, PurposeRule]:
    """The purposes as they stand in the database now, those in force or all."""
    rows = list(Purpose.objects.all())
    parents = {row.pk: row.parent_id or "" for row in rows}
    return {row.pk: _rule_of(row, parents) for row in rows if retired or row.retired_at is None}


def _rule_of(row: Purpose, parents: dict[str, str]) -> PurposeRule:
    return PurposeRule(
        id=row.pk,
        ancestors=rules.ancestors_of(row.pk, parents),
        legal_basis=LegalBasis(row.legal_basis),
        regime=Regime(row.regime),
        min_evidence=row.min_evidence,
        ttl=timedelta(seconds=row.ttl_seconds) if row.ttl_seconds else None,
        gpc_applies=row.gpc_applies,
        notice=row.notice,
        notice_min=row.notice_min,
        minor_age=row.minor_age,
        sensitive=row.sensitive,
        agent_allowed=row.agent_allowed,
        needs=tuple(row.needs),
        categories=tuple(row.categories),
        texts=row.texts,
        version=row.version,
    )


_Version = tuple[object, ...]


def _read(known: tuple[_Version, Catalog] | None) -> tuple[_Version, Catalog]:
    # Every change counts a version on: the sums never come back to what they were.
    version = (
        *Purpose.objects.aggregate(count=Count("pk"), changes=Sum("version")).values(),
        *Processor.objects.aggregate(count=Count("pk"), changes=Sum("version")).values(),
    )
    if known is not None and known[0] == version:
        return known
    processors = {row.pk: row for row in Processor.objects.filter(retired_at=None)}
    kinds = {INTERNAL: ProcessorKind.INTERNAL, **{id: ProcessorKind(row.kind) for id, row in processors.items()}}
    return version, Catalog(load_rules(), kinds, {id: row.title for id, row in processors.items()})


_memory: Fresh[tuple[_Version, Catalog]] = Fresh(_read, seconds=FRESH_SECONDS)
