"""How long a confidence holds, and which rules can never be met."""

import math
from collections.abc import Iterable

from assurance.rules.combination import to_bits, to_probability
from channel_registry.types import ActionRule, Ageing

DEFAULT_CEILING = 0.9995
"""The most that is reported before outcomes say how often the surest decisions are wrong."""
SHORTEST_USEFUL = 60
"""Where the curve allows less than a minute an action is refused on such a device, not stepped up for ever."""


def allowed_seconds(probability: float, ageing: Ageing, *, threshold: float, risk_bits: float = 0.0) -> int | None:
    """How long after a proof worth `probability` the threshold is still met, in whole seconds.

    None when time never takes it below: the base rate of the device is enough. 0 when it is not met even at first.
    """
    # Without a risk the threshold itself: the way there and back would miss it by a hair.
    needed = to_probability(to_bits(threshold) - risk_bits) if risk_bits and 0.0 < threshold < 1.0 else threshold
    if probability < needed or needed >= 1.0:
        return 0
    if needed <= ageing.base:
        return None
    if probability <= ageing.base:
        return 0
    return math.floor(ageing.per_seconds * math.log((probability - ageing.base) / (needed - ageing.base)))


def shorter(first: int | None, second: int | None) -> int | None:
    """The shorter of two limits in seconds; None is no limit."""
    return min((each for each in (first, second) if each is not None), default=None)


def impossible_rules(rules: Iterable[ActionRule], *, ceiling: float) -> list[str]:
    """Names of rules that nobody can ever meet, because the reported number has a ceiling below their threshold."""
    return [rule.name for rule in rules if rule.threshold > ceiling]
