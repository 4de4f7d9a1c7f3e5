"""How well each connected system follows: what was sent, taken and done, how late, and what lies there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, Sum

from sync import rules
from sync.models import Delivery, Receiver
from sync.types import OPEN, DeliveryState, Lag, State, Watch, Watched

WINDOW = timedelta(days=1)
_MOST_LAGS = 5000
_COUNTS: dict[str, Any] = {
    "sent": Count("pk", filter=Q(attempts__gt=0)),
    "acknowledged": Count("pk", filter=Q(confirmed_at__isnull=False)),
    "applied": Count("pk", filter=Q(applied_at__isnull=False)),
    "read_back": Count("pk", filter=Q(read_back_at__isnull=False)),
    "retries": Sum(F("attempts") - 1, filter=Q(attempts__gt=1), default=0),
}
_NOW: dict[str, Any] = {
    "waiting": Count("pk", filter=Q(state__in=OPEN)),
    "dead": Count("pk", filter=Q(state=State.DEAD.value)),
}


def get_watch(*, slug: str, now: datetime, window: timedelta = WINDOW) -> Watch:
    """How a connected system followed during `window`, and what waits for it now; of lags the latest 5000.

    Empty for one that does not exist.
    """
    receiver = Receiver.objects.filter(connection__slug=slug).first()
    all_rows = Delivery.objects.filter(receiver=receiver).order_by()
    lately = all_rows.filter(created_at__gte=now - window)
    lags = _list_lags(lately)
    counts = _by_type(lately, _COUNTS)
    standing = _by_type(all_rows, _NOW)
    types = sorted({*counts, *(type for type, row in standing.items() if row["waiting"] or row["dead"])})
    watched = tuple(_watched(each, [counts.get(each), standing.get(each)], lags[each]) for each in types)
    return Watch(
        total=_sum_up(watched, [pair for pairs in lags.values() for pair in pairs]),
        types=watched,
        oldest=all_rows.filter(state__in=OPEN).order_by("created_at").values_list("created_at", flat=True).first(),
        failures=receiver.failures if receiver else 0,
        quiet_until=receiver.quiet_until if receiver and receiver.quiet_until and receiver.quiet_until > now else None,
        seconds=window.total_seconds(),
    )


def list_dead(*, slug: str, limit: int = 50) -> list[DeliveryState]:
    """What was given up for a connected system, the newest first."""
    rows = Delivery.objects.filter(receiver__connection__slug=slug, state=State.DEAD.value)
    return [row.told for row in rows.select_related("receiver").order_by("-created_at", "-id")[:limit]]


def list_latest(*, slug: str, subject: str = "", limit: int = 25) -> list[DeliveryState]:
    """What happened last and how far each of it has got with a connected system, the newest first.

    With `subject` of one customer only.
    """
    rows = Delivery.objects.filter(receiver__connection__slug=slug)
    if subject:
        rows = rows.filter(subject=subject) if subject.isprintable() else rows.none()
    return [row.told for row in rows.select_related("receiver").order_by("-created_at", "-id")[:limit]]


_Pair = tuple[float, float | None]


def _by_type(rows: Any, figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["type"]: row for row in rows.values("type").annotate(**figures)}


def _list_lags(rows: Any) -> dict[str, list[_Pair]]:
    """Seconds until acknowledged and until applied, by type of fact."""
    found: dict[str, list[_Pair]] = defaultdict(list)
    taken = rows.filter(confirmed_at__isnull=False).order_by("-confirmed_at")
    values = taken.values_list("type", "occurred_at", "confirmed_at", "applied_at")
    for type, occurred, confirmed, applied in values[:_MOST_LAGS]:
        done = (applied - occurred).total_seconds() if applied else None
        found[type].append(((confirmed - occurred).total_seconds(), done))
    return found


def _watched(type: str, rows: Sequence[dict[str, Any] | None], lags: Sequence[_Pair]) -> Watched:
    counted: dict[str, int] = dict.fromkeys((*_COUNTS, *_NOW), 0)
    for row in rows:
        counted |= {name: value for name, value in (row or {}).items() if name in counted}
    return Watched(type=type, **counted, lag=_lag(lags, 0), applied_lag=_lag(lags, 1))


def _sum_up(watched: Iterable[Watched], lags: Sequence[_Pair]) -> Watched:
    each = list(watched)
    counted = {name: sum(getattr(one, name) for one in each) for name in (*_COUNTS, *_NOW)}
    return Watched(type="", **counted, lag=_lag(lags, 0), applied_lag=_lag(lags, 1))


def _lag(pairs: Sequence[_Pair], which: int) -> Lag:
    values = sorted(value for pair in pairs if (value := pair[which]) is not None)
    return Lag(*(rules.percentile(values, share) for share in (0.5, 0.95, 0.99)))
