"""Counting tries to prove to be an account: the budgets behind `accounts.throttles`, for every kind of door."""

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage

from accounts import conf

_APP = "accounts"
_KNOWN_DEVICE, _KNOWN_DEVICE_SECOND = "known_device", "known_device_second_step"
_ACCOUNT_AND_NETWORK, _ACCOUNT, _SECOND, _NETWORK = "account_and_network", "account", "second_step", "network"


def count_try(*, whose: str, device: str | None, network: str, second_step: bool) -> RateLimitUsage | None:
    """Count one try to be `whose` from a known device, or else from a network; None when there have been too many.

    `network` is an address; `second_step` says that a first proof was given. Call `rollback()` of the answer when the
    proof was right.
    """
    counted = RateLimitUsage(usage=[])
    for name, key in _budgets(whose, device, ratelimit.truncate_ip(network), second_step=second_step):
        usage = ratelimit.consume(None, app=_APP, action=name, config=conf.proof_rates(), key=key, limit_get=True)
        if usage is None:
            return None
        counted.usage += usage.usage
    return counted


def _budgets(whose: str, device: str | None, network: str, *, second_step: bool) -> list[tuple[str, str]]:
    if device:
        own = f"{whose}|{device}"
        return [(_KNOWN_DEVICE, own)] + ([(_KNOWN_DEVICE_SECOND, own)] if second_step else [])
    budgets = [(_NETWORK, network)]
    if whose:
        budgets += [(_ACCOUNT_AND_NETWORK, f"{whose}|{network}"), (_ACCOUNT, whose)]
        budgets += [(_SECOND, whose)] if second_step else []
    return budgets
