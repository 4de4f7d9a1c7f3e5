"""What age and the health of a feed leave of evidence."""

import math

from assurance.types import Evidence, Health

STILL_SPEAKS = {Health.OK: 1.0, Health.LATE: 0.9, Health.STALE: 0.5, Health.FAILED: 0.1, Health.POISONED: 0.0}
"""The probability that evidence still speaks, by the fuse of its feed."""


def effective_bits(evidence: Evidence) -> float:
    """What evidence weighs now: log2(s * m/u + (1 - s)), with s the probability that it still speaks.

    Agreement and disagreement both shrink towards nothing. A standing risk does not; a missing signal weighs nothing.
    """
    if evidence.missing:
        return 0.0
    if evidence.standing and evidence.bits < 0:
        return evidence.bits
    still = STILL_SPEAKS[evidence.health] * _by_age(evidence)
    if still >= 1.0:
        return evidence.bits
    return math.log2(still * math.pow(2.0, evidence.bits) + (1.0 - still))


def _by_age(evidence: Evidence) -> float:
    if evidence.tau_seconds is None or evidence.age_seconds is None:
        return 1.0
    return math.exp(-max(evidence.age_seconds, 0.0) / evidence.tau_seconds)
