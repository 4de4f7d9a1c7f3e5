"""Questions about what sources say; they never write."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Count, Max

from accounts.queries import list_statements
from channel_registry.queries import get_sources, list_ranked_classes
from channel_registry.types import GATEWAY, RECOVERY
from kit.ids import digest
from resolution import rules
from resolution.models import Conflict, SourceRecord, Version
from resolution.types import SIGNAL, Claim, ConflictCount, Golden, RecordState, Ruling


def list_uses() -> tuple[str, ...]:
    """The uses of a value that a ranking tells apart: the classes of actions."""
    return list_ranked_classes()


def list_golden(*, subject: str, use: str) -> tuple[Golden, ...]:
    """What is believed of a customer for a use, with where it comes from and why. Three statements."""
    claims = list_claims([subject])[subject]
    return rules.survive(claims, get_orders(claims, use))


def list_golden_by_use(subjects: Collection[str]) -> dict[str, dict[str, tuple[Golden, ...]]]:
    """What is believed of several customers, by subject and use. Three statements."""
    claims = list_claims(subjects)
    return {
        subject: {use: rules.survive(said, get_orders(said, use)) for use in list_uses()}
        for subject, said in claims.items()
    }


def get_orders(claims: Iterable[Claim], use: str) -> Mapping[str, tuple[str, ...]]:
    """The sources that are asked about each attribute for a use; no order for what nobody ranked.

    Where an account is recovered the gateway alone is asked, of whatever.
    """
    sources, orders = get_sources(), {}
    for attribute in {claim.attribute for claim in claims}:
        found = (sources.find_order(row, use) for row in rules.find_row(attribute))
        order = (GATEWAY,) if use == RECOVERY else next((each for each in found if each), None)
        if order:
            orders[attribute] = order
    return orders


def list_claims(subjects: Collection[str]) -> dict[str, list[Claim]]:
    """Everything that anybody says of customers now, the gateway included, by subject. Three statements."""
    found: dict[str, list[Claim]] = {subject: [] for subject in subjects}
    for subject, statements in list_statements(subjects).items():
        found[subject] += [
            Claim(
                each.attribute, each.value, GATEWAY, subject, each.level, each.at, each.at, completeness=len(statements)
            )
            for each in statements
        ]
    rows = Version.objects.current().filter(record__subject__in=subjects, value__isnull=False)
    rows = rows.exclude(record__subject="").exclude(attribute__startswith=SIGNAL)
    versions = list(rows.select_related("record"))
    filled = Counter(row.record_id for row in versions)
    for row in versions:
        claim = row.claim(source=row.record.source, record=row.record.ref, completeness=filled[row.record_id])
        found[row.record.subject].append(claim)
    return found


def list_signals(*, source: str, subjects: Collection[str]) -> dict[str, dict[str, set[str]]]:
    """What the records of a source say now by way of signals, by subject and signal."""
    found: dict[str, dict[str, set[str]]] = {subject: defaultdict(set) for subject in subjects}
    rows = Version.objects.current().filter(record__source=source, record__subject__in=list(subjects))
    rows = rows.filter(attribute__startswith=SIGNAL, value__isnull=False).exclude(record__subject="")
    for subject, attribute, value in rows.values_list("record__subject", "attribute", "value"):
        found[subject][attribute.removeprefix(SIGNAL)].add(str(value))
    return found


def list_known(*, source: str, external_ids: Collection[str]) -> dict[str, set[str]]:
    """Of these records of a source the attributes that have a value now, by the records' ids."""
    digests = {digest_of(source, each): each for each in external_ids}
    rows = Version.objects.current().filter(record__digest__in=digests, value__isnull=False)
    known: dict[str, set[str]] = defaultdict(set)
    for key, attribute in rows.values_list("record__digest", "attribute"):
        known[digests[key]].add(attribute)
    return known


def list_erased(*, source: str, external_ids: Collection[str]) -> set[str]:
    """Of these records those whose person was erased: they are not to be kept anywhere."""
    digests = {digest_of(source, each): each for each in external_ids}
    rows = SourceRecord.objects.filter(digest__in=digests, erased_at__isnull=False).values_list("digest", flat=True)
    return {digests[each] for each in rows}


def list_records(*, subject: str) -> list[RecordState]:
    """The records of other systems that belong to a customer, the oldest first."""
    rows = list(SourceRecord.objects.filter(subject=subject).exclude(subject=""))
    return _tell(rows)


def find_record(*, source: str, external_id: str) -> RecordState | None:
    """One record by the id that its system gives it, or None."""
    rows = list(SourceRecord.objects.filter(digest=digest_of(source, external_id)))
    return _tell(rows)[0] if rows else None


def digest_of(source: str, external_id: str) -> str:
    """What a record is looked up by."""
    return digest(f"{source}\n{external_id}")


def list_conflicts(*, subject: str = "", use: str = "", limit: int = 100) -> list[Conflict]:
    """Conflicts that stand, the newest first, of one customer or use or of all."""
    rows = Conflict.objects.all()
    if subject:
        rows = rows.filter(subject=subject)
    if use:
        rows = rows.filter(use=use)
    return list(rows[:limit])


def count_conflicts() -> list[ConflictCount]:
    """How many conflicts stand, by attribute, use, ruling and who is believed, the most frequent first."""
    rows = Conflict.objects.order_by().values("attribute", "use", "ruling", "winner").annotate(count=Count("pk"))
    counts = [
        ConflictCount(row["attribute"], row["use"], Ruling(row["ruling"]), row["winner"], row["count"]) for row in rows
    ]
    return sorted(counts, key=lambda each: (-each.count, each.attribute, each.use, each.winner))


def list_outdated_conflicts(*, limit: int) -> list[str]:
    """Subjects of conflicts that were ruled by another ranking than the one in force."""
    rows = Conflict.objects.exclude(ranking=get_sources().digest).order_by("subject")
    return list(rows.values_list("subject", flat=True).distinct()[:limit])


def has_records(*, subject: str) -> bool:
    """Whether a record of another system belongs to a customer."""
    return SourceRecord.objects.filter(subject=subject).exclude(subject="").exists()


def _tell(rows: list[SourceRecord]) -> list[RecordState]:
    current: dict[int, dict[str, object]] = defaultdict(dict)
    for row in Version.objects.current().filter(record__in=rows, value__isnull=False):
        current[row.record_id][row.attribute] = row.value
    last = dict(
        Version.objects.standing().filter(record__in=rows).order_by().values_list("record").annotate(Max("sequence"))
    )
    return [row.told(current[row.pk], last.get(row.pk, 0)) for row in rows]
