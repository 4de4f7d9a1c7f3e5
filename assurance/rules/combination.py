"""Evidence about one proposition adds, in bits; signals of one group are one witness and a half at most."""

import math
from collections.abc import Iterable, Sequence

from assurance.rules.freshness import effective_bits, left_out
from assurance.types import Evidence, Group, Line
from channel_registry.types import ActionRule

HALF_OF_THE_NEXT = 0.5


def to_bits(probability: float) -> float:
    """The base-two log-odds of a probability strictly between 0 and 1."""
    return math.log2(probability / (1.0 - probability))


def to_probability(bits: float) -> float:
    """The probability that base-two log-odds stand for."""
    if bits >= 0:
        return 1.0 / (1.0 + math.pow(2.0, -bits))
    odds = math.pow(2.0, bits)
    return odds / (1.0 + odds)


def weigh(evidence: Iterable[Evidence], rule: ActionRule | None = None) -> tuple[Line, ...]:
    """Every piece of evidence on the scales, in the order given, with what its group lets count of it.

    In a group the strongest counts in full and the next by half, for and against separately. A standing risk always
    counts in full. What `rule` leaves out, because its feed is not live or too old, is listed and does not count.
    """
    pieces = tuple(evidence)
    bits = [effective_bits(piece) for piece in pieces]
    reasons = [left_out(piece, rule) for piece in pieces]
    counted = [bits[index] if is_standing_risk(piece) else 0.0 for index, piece in enumerate(pieces)]
    for members in _by_group(pieces, reasons).values():
        for sign in (1, -1):
            ranked = sorted((index for index in members if bits[index] * sign > 0), key=lambda i: -abs(bits[i]))
            for share, index in zip((1.0, HALF_OF_THE_NEXT), ranked, strict=False):
                counted[index] = bits[index] * share
    return tuple(Line(*each) for each in zip(pieces, bits, counted, reasons, strict=True))


def _by_group(pieces: Sequence[Evidence], reasons: Sequence[str]) -> dict[Group, list[int]]:
    """The places of what competes within each group."""
    found: dict[Group, list[int]] = {}
    for index, piece in enumerate(pieces):
        if not reasons[index] and not is_standing_risk(piece):
            found.setdefault(piece.group, []).append(index)
    return found


def combine(lines: Sequence[Line], *, standing: bool) -> float:
    """The sum of what counts, in bits: of the standing risks, or of everything else."""
    return math.fsum(line.counted for line in lines if is_standing_risk(line.evidence) is standing)


def is_standing_risk(evidence: Evidence) -> bool:
    """Whether evidence is a risk that holds until somebody clears it."""
    return evidence.standing and evidence.bits < 0 and not evidence.missing
