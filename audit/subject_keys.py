"""The data key of each subject: made at first need, wrapped at rest, removed to erase."""

from collections.abc import Iterable
from datetime import datetime

from audit.models import SubjectKey
from kit import crypto
from kit.rewrapping import Rewrapped, renewed_fields, rewrap_rows


def open_keys(subjects: Iterable[str], *, now: datetime) -> dict[str, bytes | None]:
    """The data key of each subject, made where there was none; None for a subject whose key was erased."""
    wanted = sorted(set(subjects))  # sorted: two deeds over the same two subjects never wait in a circle
    rows = SubjectKey.objects.in_bulk(wanted)
    if missing := [subject for subject in wanted if subject not in rows]:
        fresh = [SubjectKey(subject=subject, wrapped=_wrapped(subject), created_at=now) for subject in missing]
        SubjectKey.objects.bulk_create(fresh, ignore_conflicts=True)
        rows |= SubjectKey.objects.in_bulk(missing)  # another deed may have been faster
    return {subject: _opened(rows[subject]) for subject in wanted}


def find_keys(subjects: Iterable[str]) -> dict[str, bytes | None]:
    """The data key of each subject that has one or had one; None where it was erased. Makes nothing."""
    return {subject: _opened(row) for subject, row in SubjectKey.objects.in_bulk(set(subjects)).items()}


def is_erased(subject: str) -> bool:
    """Whether the subject's key was erased."""
    return SubjectKey.objects.filter(subject=subject, erased_at__isnull=False).exists()


def erase(subjects: Iterable[str], *, now: datetime) -> None:
    """Remove the subjects' keys: every value encrypted under them is unreadable from the commit on.

    The rows stay, so that no new key is made for these subjects.
    """
    open_keys(wanted := sorted(set(subjects)), now=now)
    for subject in wanted:
        SubjectKey.objects.filter(subject=subject, erased_at=None).update(wrapped=None, erased_at=now)


def rewrap(*, after: str | int | None) -> Rewrapped:
    """Wrap data keys anew that a previous KEY_ENCRYPTION_KEY wrapped, the next few from a subject on."""
    return rewrap_rows(
        SubjectKey.objects.all(), lambda row: renewed_fields({"wrapped": _context(row.subject)}, row), after=after
    )


def _wrapped(subject: str) -> bytes:
    return crypto.wrap(crypto.new_key(), context=_context(subject))


def _opened(row: SubjectKey) -> bytes | None:
    return None if row.wrapped is None else crypto.unwrap(bytes(row.wrapped), context=_context(row.subject))


def _context(subject: str) -> str:
    return f"subject-key:{subject}"
