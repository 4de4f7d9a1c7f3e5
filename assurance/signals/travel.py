"""Whether places are known at all: who is in two places too far apart carries a standing risk (see `risk`)."""

from assurance.signals.signal import Signal, missing
from assurance.types import Evidence, Group, Material, RiskKind


def _look(material: Material) -> tuple[Evidence, ...]:
    if material.places_known:
        return ()
    return (missing(RiskKind.IMPOSSIBLE_TRAVEL.value, Group.RISK, "It is not known where she is", "kit.places"),)


SIGNAL = Signal(
    name="travel",
    defaults={},
    source_of_weights="the weight of the standing risk impossible_travel",
    look=_look,
)
