"""Standing risks: they weigh in full until somebody clears them."""

from assurance.signals.signal import Signal
from assurance.types import Evidence, Group, Material, RiskKind

DEFAULTS = {
    RiskKind.REPORTED_THEFT.value: -9.0,
    RiskKind.CREDENTIAL_COMPROMISE.value: -8.0,
    RiskKind.SIM_SWAP.value: -7.0,
    RiskKind.BOT.value: -6.0,
    RiskKind.IMPOSSIBLE_TRAVEL.value: -5.0,
}
WORDS = {
    RiskKind.REPORTED_THEFT: "Reported as stolen",
    RiskKind.CREDENTIAL_COMPROMISE: "Her password or passkey is known to others",
    RiskKind.SIM_SWAP: "Her phone number moved to another card",
    RiskKind.BOT: "Behaves like a program",
    RiskKind.IMPOSSIBLE_TRAVEL: "In two places too far apart for the time between",
}


def _look(material: Material) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            signal=risk.kind.value,
            group=Group.RISK,
            bits=material.bits("risk", risk.kind.value, DEFAULTS[risk.kind.value]),
            label=WORDS[risk.kind],
            source=risk.source,
            feed=risk.source if risk.source in material.feeds else "",
            value_class=risk.kind.value,
            age_seconds=(material.now - risk.raised_at).total_seconds(),
            standing=True,
        )
        for risk in material.standing
    )


SIGNAL = Signal(
    name="risk",
    defaults=DEFAULTS,
    source_of_weights="expert: odds that the person is the customer while such a report stands",
    look=_look,
)
