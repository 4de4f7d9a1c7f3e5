"""Whether the device is one she has used before, and who else does."""

from assurance.signals.signal import Signal
from assurance.types import Evidence, Group, Material

TAU_SECONDS = 30 * 86400.0
DEFAULTS = {"known": 2.58, "new": -0.8, "shared": -0.5}


def _look(material: Material) -> tuple[Evidence, ...]:
    known = material.device_known_at is not None and material.device_sessions > 1
    value_class = "known" if known else "new"
    found = [
        _evidence(material, value_class, "Device she has used before" if known else "Device not seen with her before")
    ]
    if material.shared_by > 1:
        found.append(_evidence(material, "shared", f"Device used by {material.shared_by} people"))
    return tuple(found)


def _evidence(material: Material, value_class: str, label: str) -> Evidence:
    return Evidence(
        signal="device" if value_class != "shared" else "device_shared",
        group=Group.DEVICE_NETWORK,
        bits=material.bits("device", value_class, DEFAULTS[value_class]),
        label=label,
        source="sessions_hub",
        value_class=value_class,
        age_seconds=0.0,
        tau_seconds=TAU_SECONDS,
    )


SIGNAL = Signal(
    name="device",
    defaults=DEFAULTS,
    source_of_weights="expert: 6 in 7 genuine visits come from a known device, 1 in 7 fraudulent ones",
    look=_look,
)
