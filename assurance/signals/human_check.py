"""A check by a person: staff in the contact center or in the store looked at her or at a document."""

from assurance.signals.signal import Signal, missing
from assurance.types import Evidence, Group, Material

TAU_SECONDS = 30 * 60.0
DEFAULTS = {"checked": 4.0}


def _look(material: Material) -> tuple[Evidence, ...]:
    if material.human_checked_at is None:
        return (missing("human_check", Group.HUMAN_CHECK, "No check by staff", "delegation"),)
    return (
        Evidence(
            signal="human_check",
            group=Group.HUMAN_CHECK,
            bits=material.bits("human_check", "checked", DEFAULTS["checked"]),
            label="Checked by staff",
            source="delegation",
            value_class="checked",
            age_seconds=(material.now - material.human_checked_at).total_seconds(),
            tau_seconds=TAU_SECONDS,
        ),
    )


SIGNAL = Signal(
    name="human_check",
    defaults=DEFAULTS,
    source_of_weights="expert: staff let one impostor in sixteen pass",
    look=_look,
)
