"""How likely a session's network and browser are for this person rather than for anyone (Freeman et al., NDSS 2016).

Their risk ratio is p(feature | anyone) / p(feature | subject); our m/u is its reciprocal. Values nobody has shown
before are given the mass of one sighting; a narrow feature that is new leans on a wider one (a network on its country,
a browser on its system).
"""

import math
from collections.abc import Mapping, Sequence

MOST_BITS = 6.0
"""No habit says more for or against a person than a proof does."""
ENOUGH_SESSIONS = 3
"""A habit is known after so many sessions; before, the signal is missing."""


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
    subject = _smoothed(known, values, own, own_total)
    anyone = _smoothed(known, values, everybody, total)
    return max(-MOST_BITS, min(MOST_BITS, math.log2(subject / anyone)))


def _smoothed(
    chain: Sequence[str], values: Mapping[str, str], counts: Mapping[str, Mapping[str, int]], total: int
) -> float:
    """The probability of the narrowest value, each wider feature being the prior of the narrower (weight one)."""
    probability = 1.0 / (1.0 + max((len(counts.get(chain[-1], {})), 1)))
    for feature in reversed(chain):
        seen = counts.get(feature, {}).get(values[feature], 0)
        probability = (seen + probability) / (total + 1.0)
    return probability
