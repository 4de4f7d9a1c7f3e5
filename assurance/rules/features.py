"""What a session shows of network and browser, in codes: nothing that a person could be found by."""

import hashlib

from kit.user_agents import name_device, name_system


def features_of(*, address_label: str, user_agent: str, place: str) -> dict[str, str]:
    """The coded features of a session; what is not known is left out."""
    found = {
        "network": address_label,
        "country": place.rpartition(",")[2].strip(),
        "browser": name_device(user_agent),
        "system": name_system(user_agent),
    }
    return {feature: code(value) for feature, value in found.items() if value}


def code(value: str) -> str:
    """A short code for a value."""
    return hashlib.sha256(value.encode()).hexdigest()[:12]
