"""What the person of a session could still prove where she is: the same answer for a decision and for a step-up."""

from collections.abc import Iterable
from datetime import datetime

from accounts.types import Method
from assurance.queries import Loaded
from assurance.rules import list_reaches
from assurance.signals import authentication
from assurance.types import Group, Proving, Reach
from channel_registry.types import meets
from sessions_hub.queries import level_after


def list_reachable(loaded: Loaded, now: datetime) -> tuple[Reach, ...]:
    """Every step-up that the customer can do with what she holds and what counts on the channel."""
    if loaded.at_hand is None:
        return ()
    ways = (_proving(method, loaded) for method in loaded.holdings.methods if _is_asked_for(method, loaded))
    return list_reaches(
        (way for way in ways if way.method in loaded.policy.authenticators),
        acr_after=lambda methods: acr_after(loaded, methods, now),
    )


def _is_asked_for(method: Method, loaded: Loaded) -> bool:
    """The mailbox is asked only where there is nothing better: see accounts.adapter for the pages."""
    return method is not Method.EMAIL_CODE or not _BETTER & set(loaded.holdings.methods)


_BETTER = {Method.TOTP, Method.PASSKEY, Method.PASSKEY_UV, Method.PASSKEY_HARDWARE}


def acr_after(loaded: Loaded, methods: Iterable[str], now: datetime) -> str:
    """The level that proofs by these methods lead to, and never one that her account cannot be asked for.

    The authorization endpoint asks nobody for a second factor who has none but her mailbox; neither does a decision.
    """
    assert loaded.at_hand is not None  # there is nobody to prove anything otherwise
    found = level_after(loaded.at_hand, methods=[Method(each) for each in methods], now=now).acr
    return found if meets(loaded.holdings.best_acr, found) else loaded.holdings.best_acr


def _proving(method: Method, loaded: Loaded) -> Proving:
    name = method.value
    default = authentication.DEFAULTS.get(name, 0.0)
    group = authentication.GROUPS.get(name, Group.POSSESSION)
    return Proving(method=name, group=group, bits=loaded.material.bits(name, "correct", default))
