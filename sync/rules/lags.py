"""Figures about many values."""

from collections.abc import Sequence


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest of ordered values that is at least as large as this share of them; None without any."""
    if not ordered:
        return None
    rank = -(-len(ordered) * share // 1)
    return ordered[min(max(int(rank), 1), len(ordered)) - 1]
