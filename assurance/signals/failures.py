"""Wrong answers in the last hour: somebody guesses.

On a device she has used before only those from its own network count: what a stranger tries elsewhere must not shut her
out of the browser she always uses.
"""

from datetime import timedelta

from assurance.signals.signal import Signal
from assurance.types import Evidence, Group, Material

WINDOW = timedelta(hours=1)
SOME, MANY = 3, 10
DEFAULTS = {"some": -1.0, "many": -2.5}


def _look(material: Material) -> tuple[Evidence, ...]:
    anywhere = material.device_sessions <= 1
    here = material.features.get("network", "")
    recent = [
        each.at
        for each in material.profile.failures
        if material.now - each.at <= WINDOW and (anywhere or (here and each.network == here))
    ]
    if len(recent) < SOME:
        return ()
    value_class = "many" if len(recent) >= MANY else "some"
    return (
        Evidence(
            signal="failures",
            group=Group.BEHAVIOR,
            bits=material.bits("failures", value_class, DEFAULTS[value_class]),
            label=f"{len(recent)} wrong answers in the last hour",
            source="accounts",
            value_class=value_class,
            age_seconds=(material.now - max(recent)).total_seconds(),
        ),
    )


SIGNAL = Signal(
    name="failures",
    defaults=DEFAULTS,
    source_of_weights="expert: one genuine visit in fifty follows three wrong answers, one takeover in twenty-five",
    look=_look,
)
