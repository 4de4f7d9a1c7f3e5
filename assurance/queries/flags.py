"""Standing risks."""

from assurance.models import RiskFlag
from assurance.types import RiskKind, Standing
from kit.prepared import Question

_standing = Question(lambda subject: RiskFlag.objects.filter(subject=subject, cleared_at=None).order_by("pk"))


def list_standing(*, subject: str) -> tuple[Standing, ...]:
    """The risks that stand against a subject, the oldest first. One statement."""
    rows = _standing.all(subject)
    return tuple(Standing(kind=RiskKind(row.kind), source=row.source, raised_at=row.raised_at) for row in rows)
