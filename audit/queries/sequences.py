"""Is every subject's sequence whole: 1, 2, 3 … up to its head? The counting is done by the database."""

from collections.abc import Iterator
from itertools import pairwise

from django.db import connection

from audit.models import Event, SubjectHead

_GAPS_NAMED = 10  # per subject: a journal that lost a million rows is not told row by row
_EVENTS, _HEADS = Event._meta.db_table, SubjectHead._meta.db_table

# One statement each, so that deeds committed meanwhile are seen with their head or not at all.
_BROKEN = f"""
SELECT counted.subject, counted.last, head.seq
FROM (
  SELECT subject, COUNT(seq) AS events, COUNT(DISTINCT seq) AS numbers, MIN(seq) AS first, MAX(seq) AS last
  FROM {_EVENTS} WHERE seq IS NOT NULL GROUP BY subject
) AS counted LEFT JOIN {_HEADS} AS head ON head.subject = counted.subject
WHERE head.seq IS NULL OR head.seq <> counted.last
   OR counted.events <> counted.last OR counted.numbers <> counted.last OR counted.first <> 1
ORDER BY counted.subject
"""  # noqa: S608  the table names are ours
_EMPTY = f"""
SELECT head.subject, head.seq FROM {_HEADS} AS head
WHERE head.seq > 0 AND NOT EXISTS (
  SELECT 1 FROM {_EVENTS} AS event WHERE event.subject = head.subject AND event.seq IS NOT NULL
) ORDER BY head.subject
"""  # noqa: S608  the table names are ours


def check_sequences() -> Iterator[str]:
    """One sentence for each gap, each double, and each head that is not where its subject's events end."""
    with connection.cursor() as cursor:
        cursor.execute(_BROKEN)
        broken = cursor.fetchall()
        cursor.execute(_EMPTY)
        empty = cursor.fetchall()
    for subject, last, head in broken:
        yield from _gaps(subject)
        if head is None:
            yield f"subject {subject} has events up to seq {last} but no head"
        elif head > last:
            yield f"the head of subject {subject} is at seq {head}, but its events end at {last}: the end was cut"
        elif head < last:
            yield f"the head of subject {subject} is at seq {head}, but its events go on to {last}"
    for subject, head in empty:
        yield f"the head of subject {subject} is at seq {head}, but it has no events: they were cut"


def _gaps(subject: str) -> Iterator[str]:
    numbers = Event.objects.filter(subject=subject, seq__isnull=False).order_by("seq").values_list("seq", flat=True)
    named = 0
    for before, after in pairwise(_from_zero(numbers.iterator(chunk_size=1000))):
        if after == before + 1:
            continue
        if named == _GAPS_NAMED:
            yield f"subject {subject} has further gaps or doubles"
            return
        named += 1
        if after == before:
            yield f"subject {subject} has seq {after} twice"
        else:
            yield f"subject {subject} lacks seq {before + 1}" + (f" to {after - 1}" if after > before + 2 else "")


def _from_zero(numbers: Iterator[int | None]) -> Iterator[int]:
    yield 0
    yield from (number for number in numbers if number is not None)
