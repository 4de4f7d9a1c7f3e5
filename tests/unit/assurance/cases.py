"""Facts for tests: ana in a browser of her own, with a password proved just now."""

from dataclasses import replace
from typing import Any

from assurance.types import Evidence, Facts, Group, Proving, Reach, SessionFacts
from channel_registry.types import ActionRule, Ageing, DeviceClass

DAY = 86400.0
OWN_BROWSER = Ageing(base=0.90, per_seconds=DAY)
SHARED = Ageing(base=0.60, per_seconds=7200.0)
KIOSK = Ageing(base=0.30, per_seconds=600.0)
ONE_FACTOR, TWO_FACTORS, PHR = "urn:throughline:1fa", "urn:throughline:2fa", "phr"


def proof(signal: str = "password", bits: float = 3.0, group: Group = Group.KNOWLEDGE, **more: Any) -> Evidence:
    return Evidence(signal=signal, group=group, bits=bits, label=signal, source="accounts", **more)


PASSWORD = proof()
CODE = proof("email_code", 4.6, Group.POSSESSION)
NETWORK = proof("network", -0.86, Group.DEVICE_NETWORK)
KNOWN_DEVICE = proof("device", 2.58, Group.DEVICE_NETWORK, tau_seconds=30 * DAY, age_seconds=0.0)
STOLEN = proof("reported_theft", -9.0, Group.RISK, standing=True)
TOTP_AT_HAND = Reach((Proving("totp", Group.POSSESSION, 5.0),), TWO_FACTORS)
CONTACT_UPDATE = ActionRule("contact.update", "change", threshold=0.995, acr=TWO_FACTORS, max_age=600, high_risk=True)
HISTORY = ActionRule("orders.view", "change", threshold=0.95, acr=ONE_FACTOR)


def session(acr: str = ONE_FACTOR, proved_seconds: float | None = 0.0, **more: Any) -> SessionFacts:
    return SessionFacts("ses_ana", acr, proved_seconds, **({"device_class": DeviceClass.OWN_BROWSER} | more))


def facts(**changes: Any) -> Facts:
    plain = Facts(
        channel="web",
        action="orders.view",
        rule=HISTORY,
        subject_matches=True,
        session=session(),
        prior=0.97,
        ageing=OWN_BROWSER,
        evidence=(PASSWORD,),
        reachable=(TOTP_AT_HAND,),
    )
    return replace(plain, **changes)
