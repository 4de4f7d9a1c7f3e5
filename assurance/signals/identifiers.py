"""Identifiers verified long ago hold; one verified a moment ago may be the thief's."""

from assurance.signals.signal import Signal, missing
from assurance.types import Evidence, Group, Material

SETTLED_SECONDS = 30 * 86400.0
DEFAULTS = {"settled": 0.5, "young": 0.0}


def _look(material: Material) -> tuple[Evidence, ...]:
    if not material.identifiers:
        return (missing("identifiers", Group.BEHAVIOR, "No verified address or number", "accounts"),)
    kind, at = min(material.identifiers.items(), key=lambda item: item[1])
    age = (material.now - at).total_seconds()
    value_class = "settled" if age >= SETTLED_SECONDS else "young"
    return (
        Evidence(
            signal="identifiers",
            group=Group.BEHAVIOR,
            bits=material.bits("identifiers", value_class, DEFAULTS[value_class]),
            label=f"{kind.capitalize()} verified {int(age // 86400)} days ago",
            source="accounts",
            value_class=value_class,
            age_seconds=age,
        ),
    )


SIGNAL = Signal(
    name="identifiers",
    defaults=DEFAULTS,
    source_of_weights="expert: accounts whose address is verified for a month are seldom made for fraud",
    look=_look,
)
