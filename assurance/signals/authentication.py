"""With what the person proved to be the one, in this session.

The newest proof is as old as the session is for its ageing. An older one speaks for whoever gave the newest only as far
as nobody else took the device in between: it fades over the time between the two, by the class of the device.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from assurance.signals.signal import Signal, missing
from assurance.types import Evidence, Group, Material

DEFAULTS = {
    "password": 3.0,
    "federated": 3.0,
    "email_code": 4.6,
    "recovery_code": 4.0,
    "totp": 5.0,
    "passkey": 8.0,
    "passkey_uv": 9.0,
    "passkey_hardware": 10.0,
}
GROUPS = {"password": Group.KNOWLEDGE, "federated": Group.KNOWLEDGE}
WORDS = {
    "password": "Password correct",
    "federated": "Signed in with another provider",
    "email_code": "One-time code from her mailbox",
    "recovery_code": "Recovery code",
    "totp": "Code from her authenticator app",
    "passkey": "Passkey",
    "passkey_uv": "Passkey, unlocked with PIN, finger or face",
    "passkey_hardware": "Passkey of a security key, unlocked with PIN or finger",
}
TOGETHER = timedelta(hours=24)
"""A proof given more than a day before the newest one says nothing any more about who gave that."""


def _look(material: Material) -> tuple[Evidence, ...]:
    found = tuple(_evidence(material))
    return found or (missing("authentication", Group.KNOWLEDGE, "Nothing proved in this session", "accounts"),)


def _evidence(material: Material) -> Iterator[Evidence]:
    newest = max((at for _, at in material.proofs), default=None)
    if newest is None:
        return
    last: dict[str, datetime] = {}
    for method, at in material.proofs:
        last[method] = max(at, last.get(method, at))
    for method, at in sorted(last.items()):
        if newest - at > TOGETHER or method not in DEFAULTS:
            continue
        counts = method in material.counted_methods
        age = (material.now - at).total_seconds()
        yield Evidence(
            signal=method,
            group=GROUPS.get(method, Group.POSSESSION),
            bits=material.bits(method, "correct", DEFAULTS[method]) if counts else 0.0,
            label=WORDS[method] if counts else f"{WORDS[method]}: does not count on this channel",
            source="accounts",
            value_class="correct",
            age_seconds=age,
            tau_seconds=material.ageing.per_seconds if material.ageing else None,
            covered_seconds=(material.now - newest).total_seconds(),
            missing=not counts,
        )


SIGNAL = Signal(
    name="authentication",
    defaults=DEFAULTS,
    source_of_weights="expert: share of stolen or shared secrets in use, by kind (NIST SP 800-63B-4 on each)",
    look=_look,
)
