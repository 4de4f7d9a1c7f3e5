"""Whether what she proves herself with was changed lately: thieves change it first."""

from assurance.signals.signal import Signal
from assurance.types import Evidence, Group, Material

LATELY_SECONDS = 24 * 3600.0
DEFAULTS = {"changed_lately": -1.5, "long_unchanged": 0.3}
WORDS = {
    "password": "Password",
    "second_factor": "Authenticator",
    "email": "Email address",
    "phone": "Phone number",
    "recovery": "Recovery code",
}


def _look(material: Material) -> tuple[Evidence, ...]:
    found = []
    for kind, at in sorted(material.profile.changed.items()):
        age = (material.now - at).total_seconds()
        lately = age < LATELY_SECONDS
        value_class = "changed_lately" if lately else "long_unchanged"
        found.append(
            Evidence(
                signal=f"changed_{kind}",
                group=Group.BEHAVIOR,
                bits=material.bits("changes", value_class, DEFAULTS[value_class]),
                label=f"{WORDS.get(kind, kind)} changed {'within the last day' if lately else 'long ago'}",
                source="accounts",
                value_class=value_class,
                age_seconds=age,
            )
        )
    return tuple(found)


SIGNAL = Signal(
    name="changes",
    defaults=DEFAULTS,
    source_of_weights="expert: 3 in 10 takeovers follow a change within a day, 1 in 10 genuine visits do",
    look=_look,
)
