"""What signals weigh and what may be reported, estimated anew from outcomes that channels reported."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assurance.rules.confidence import measure
from assurance.rules.limits import DEFAULT_CEILING
from assurance.types import Estimate, Witnessed

MOST_STEP = 0.5
"""So many bits a weight moves in one run at most: one bad month of labels must not turn the judge around."""
FEWEST_LABELS = 30
"""Of each kind, customers and impostors; with fewer nothing is estimated."""
MOST_BITS = 10.0
_SMOOTHING = 1.0
_LEAST = 1e-4  # no single decision may outweigh all the others
TOP_BIN = 0.999
ENOUGH_FOR_CEILING = 3000
_ONE_SIDED = 0.05


def estimate(
    witnessed: Sequence[Witnessed],
    *,
    now: Mapping[tuple[str, str], float],
    kinds: Mapping[str, int],
) -> tuple[Estimate, ...]:
    """New weights beside those of `now`, by signal and class of values; none with too few labels.

    `kinds` is how many classes of values a signal has, beside that it says nothing. m is how often customers show a
    class, u how often impostors do, both smoothed by one sighting of every class. Signals lean on one another (a new
    device is often on a new network), which such shares do not know: a weight moves only where the same decisions,
    judged again with it, come out nearer to the truth.
    """
    seen: dict[bool, Counter[tuple[str, str]]] = {True: Counter(), False: Counter()}
    totals: Counter[bool] = Counter()
    for each in witnessed:
        totals[each.is_customer] += 1
        seen[each.is_customer].update({key for key in each.keys if key})
    if min(totals[True], totals[False]) < FEWEST_LABELS:
        return ()
    scales = _Scales(witnessed, now)
    found = []
    for key in sorted(seen[True] | seen[False]):
        m, u = (_share(seen[who][key], totals[who], kinds.get(key[0], 1)) for who in (True, False))
        bits = scales.move(key, _step(now[key], math.log2(m / u)))
        found.append(Estimate(*key, was=now[key], bits=bits, m=m, u=u, labels=seen[True][key] + seen[False][key]))
    return tuple(found)


class _Scales:
    """Decisions whose truth is known, judged by one set of weights; a weight moves when that makes them truer."""

    def __init__(self, witnessed: Sequence[Witnessed], weights: Mapping[tuple[str, str], float]) -> None:
        self._witnessed = witnessed
        self._weights = dict(weights)
        self._losses = [self._loss(each) for each in witnessed]

    def move(self, key: tuple[str, str], bits: float) -> float:
        """The weight that is kept: the one given, or the one before where that is truer."""
        before = self._weights[key]
        self._weights[key] = bits
        tried = {index: self._loss(each) for index, each in enumerate(self._witnessed) if key in each.keys}
        if math.fsum(tried.values()) >= math.fsum(self._losses[index] for index in tried):
            self._weights[key] = before
            return before
        for index, loss in tried.items():
            self._losses[index] = loss
        return bits

    def _loss(self, each: Witnessed) -> float:
        """How surprised the judge must be by the truth, in bits."""
        pairs = zip(each.facts.evidence, each.keys, strict=True)
        evidence = tuple(replace(piece, bits=self._weights[key]) if key else piece for piece, key in pairs)
        said = measure(replace(each.facts, evidence=evidence)).reported
        said = max(_LEAST, min(1.0 - _LEAST, said))
        return -math.log2(said if each.is_customer else 1.0 - said)


def _share(count: int, total: int, kinds: int) -> float:
    return (count + _SMOOTHING) / (total + _SMOOTHING * (kinds + 1))


def _step(was: float, wanted: float) -> float:
    near = max(was - MOST_STEP, min(was + MOST_STEP, wanted))
    return max(-MOST_BITS, min(MOST_BITS, near))


def estimate_ceiling(labels: int, errors: int) -> float:
    """The most that may be reported, given how many of the surest decisions were labelled and how many were wrong.

    The default until there are enough labels, or until even the lower 95 % bound of the error says that it is too high;
    from then on one minus the upper one-sided 95 % bound (Clopper and Pearson).
    """
    shown_too_high = errors > 0 and lower_bound(labels, errors) > 1.0 - DEFAULT_CEILING
    if labels < ENOUGH_FOR_CEILING and not shown_too_high:
        return DEFAULT_CEILING
    return 1.0 - upper_bound(labels, errors)


def upper_bound(trials: int, errors: int) -> float:
    """The error rate under which so few errors as these would be seen in one of twenty samples only."""
    return 1.0 if errors >= trials else _solve(lambda rate: _at_most(errors, trials, rate) - _ONE_SIDED)


def lower_bound(trials: int, errors: int) -> float:
    """The error rate under which so many errors as these would be seen in one of twenty samples only."""
    if errors == 0:
        return 0.0
    return _solve(lambda rate: _at_most(errors - 1, trials, rate) - (1.0 - _ONE_SIDED))


def _at_most(errors: int, trials: int, rate: float) -> float:
    """The binomial probability of at most `errors`."""
    if rate <= 0.0:
        return 1.0
    if rate >= 1.0:
        return 1.0 if errors >= trials else 0.0
    logs = (
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(rate) + (trials - k) * math.log1p(-rate)
        for k in range(errors + 1)
    )  # fmt: skip
    return min(1.0, math.fsum(math.exp(each) for each in logs))


def _solve(falling: Callable[[float], float]) -> float:
    """Where a function that falls in (0, 1) crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


def count_top(confidences: Sequence[tuple[float, bool]], ceiling: float) -> tuple[int, int]:
    """How many of the surest decisions are labelled, and how many of them were wrong."""
    edge = min(TOP_BIN, ceiling)
    top = [is_customer for confidence, is_customer in confidences if confidence >= edge]
    return len(top), sum(not is_customer for is_customer in top)
