"""How likely a session's network and browser are for this person rather than for anyone (Freeman et al., NDSS 2016).

Their risk ratio is p(feature | anyone) / p(feature | subject); our m/u is its reciprocal. What she has never shown is
smoothed by what everybody shows, with the weight of one sighting, and a narrow feature that is new leans on the wider
one (a network on its country, a browser on its system): a new network at home says less than one abroad.
"""

import math
from collections.abc import Mapping, Sequence

MOST_BITS = 6.0
"""No habit says more for or against a person than a proof does."""
ENOUGH_SESSIONS = 3
"""A habit is known after so many sessions; before, the signal is missing."""
_SMOOTHING = 1.0


def habit_bits(
    chain: Sequence[str],
    values: Mapping[str, str],
    own: Mapping[str, Mapping[str, int]],
    own_total: int,
    everybody: Mapping[str, Mapping[str, int]],
    total: int,
) -> float | None:
    """log2 of p(value | subject) / p(value | anyone), along `chain` from the narrowest feature to the widest.

    None where nothing can be said: no value, or too little history. `own` does not count the session judged.
    """
    known = [feature for feature in chain if values.get(feature)]
    if not known or own_total < ENOUGH_SESSIONS:
        return None
    ratio = 1.0
    for feature in reversed(known):
        seen = own.get(feature, {}).get(values[feature], 0)
        anyone = _anyone(everybody.get(feature, {}), values[feature], max(total, own_total), seen)
        ratio = (seen / anyone + _SMOOTHING * ratio) / (own_total + _SMOOTHING)
    return max(-MOST_BITS, min(MOST_BITS, math.log2(ratio)))


def _anyone(counts: Mapping[str, int], value: str, total: int, seen: int) -> float:
    """The share of everybody's sessions that show a value; hers are among everybody's, counted or not yet."""
    return (max(counts.get(value, 0), seen) + 1.0) / (total + len(counts) + 1.0)
