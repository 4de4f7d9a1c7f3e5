"""Evidence, and what it weighs. Bits are base-two logarithms of likelihood ratios."""

from dataclasses import dataclass

from assurance.types.words import Group, Health


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signal as its source gave it: `bits` is log2(m/u) when fresh; a missing one weighs nothing.

    `tau_seconds` None does not fade by itself. `covered_seconds` is, of a proof, the part of its age that the ageing of
    the session covers; None is evidence that is no proof. A `standing` risk does not fade until it is cleared. `feed`
    names the inbound feed that `health` and `feed_age_seconds` are about; empty is what this gateway saw itself.
    `label` can be read aloud to a customer; `value_class` never holds a personal value.
    """

    signal: str
    group: Group
    bits: float
    label: str
    source: str
    value_class: str = ""
    age_seconds: float | None = None
    tau_seconds: float | None = None
    health: Health = Health.OK
    model: str = ""
    standing: bool = False
    missing: bool = False
    covered_seconds: float | None = None
    feed: str = ""
    feed_age_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Evidence on the scales: `bits` is what its age and its feed leave of it, `counted` what its group lets count.

    `left_out` says why an action does not let it count at all: `feed_not_live` or `feed_too_old`.
    """

    evidence: Evidence
    bits: float
    counted: float
    left_out: str = ""
