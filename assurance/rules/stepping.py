"""What a step-up asks for next, and when it is there."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from assurance.types import Reach, Wanted
from channel_registry.types import meets

WORDS = {"passkey_uv": "passkey", "passkey_hardware": "passkey"}
"""What people call a method, where we tell several apart."""

_TWO_FACTORS = "urn:throughline:2fa"
_FIRST_STEPS = {"password", "email_code"}
_ORDER = ("passkey", "totp", "password", "email_code", "recovery_code")


def is_met(wanted: Wanted, *, acr: str, auth_time: datetime | None, begun_at: datetime, now: datetime) -> bool:
    """Whether a session proves what is wanted: the level, and lately enough; `max_age` 0 wants a proof given since."""
    if wanted.acr_values and not any(meets(acr, each) for each in wanted.acr_values):
        return False
    if wanted.max_age is None:
        return auth_time is not None
    if auth_time is None:
        return False
    if wanted.max_age == 0:
        return auth_time >= begun_at
    return now - auth_time <= timedelta(seconds=wanted.max_age)


def methods_for(wanted: Wanted, reaches: Iterable[Reach]) -> tuple[str, ...]:
    """The methods by which a step-up goes on, in the words for people, the best first; empty where none leads there.

    One that is enough alone stands before two that are enough together. Where a level of two factors is wanted, the
    second one is asked for again, and the password only to those who have no other way.
    """
    fitting = [
        reach for reach in reaches if not wanted.acr_values or any(meets(reach.acr, each) for each in wanted.acr_values)
    ]
    fewest = min((len(reach.by) for reach in fitting), default=0)
    found = {WORDS.get(each.method, each.method) for reach in fitting if len(reach.by) == fewest for each in reach.by}
    if fewest == 1 and any(meets(each, _TWO_FACTORS) for each in wanted.acr_values) and found - _FIRST_STEPS:
        found -= _FIRST_STEPS
    return tuple(sorted(found, key=lambda each: _ORDER.index(each) if each in _ORDER else len(_ORDER)))
