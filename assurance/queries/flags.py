"""Standing risks."""

from datetime import datetime

from assurance.models import RiskFlag
from assurance.types import RiskKind, Standing


def list_standing(*, subject: str) -> tuple[Standing, ...]:
    """The risks that stand against a subject, the oldest first."""
    rows = RiskFlag.objects.filter(profile=subject, cleared_at=None).order_by("pk")
    return tuple(Standing(RiskKind(row.kind), row.source, row.raised_at) for row in rows)


def list_risks(*, subject: str, limit: int = 50) -> list[RiskFlag]:
    """The newest risks of a subject first, those that were cleared too."""
    return list(RiskFlag.objects.filter(profile=subject).order_by("-pk")[:limit])


def list_raised(*, source: str, since: datetime) -> list[RiskFlag]:
    """The risks of one source that stand and were raised since an instant, the oldest first."""
    return list(RiskFlag.objects.filter(source=source, raised_at__gte=since, cleared_at=None).order_by("pk"))
