"""A channel's policy: reading and writing its body, and what it must not say."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from channel_registry.errors import PolicyInvalid
from channel_registry.rules.actions import parse_actions, render_action
from channel_registry.rules.fields import (
    at,
    members,
    read_acr,
    read_duration,
    read_number,
    read_probability,
    read_words,
    render_duration,
)
from channel_registry.types import (
    AUTHENTICATORS,
    DEFAULT_POLICY,
    WAYS_IN,
    Ageing,
    ChannelPolicy,
    DeviceClass,
)

SHORTEST_PASSWORD_ALONE, SHORTEST_PASSWORD_BESIDE, LONGEST_MINIMUM = 15, 8, 64
"""NIST SP 800-63B-4: 15 characters as the only factor, 8 beside another; 64 must always be allowed."""

_GIVE_REFRESH_TOKENS = {"authorization_code", "device_code", "ciba", "token_exchange"}
_FIELDS = (*("minimum_acr", "ways_in", "session", "refresh", "passwords", "authenticators", "confidence", "actions"),)
_GROUPS: dict[str, tuple[str, ...]] = {
    "session": ("idle", "absolute", "verified"),
    "refresh": ("absolute",),
    "passwords": ("alone", "beside_second_factor"),
    "confidence": ("prior", "devices"),
}


def parse_policy(body: object) -> ChannelPolicy:
    """Read a policy body; a field left out has the default policy's value, cut to `session.absolute`.

    ::

        {"minimum_acr": "urn:throughline:1fa",
         "ways_in": ["authorization_code", "refresh_token", "client_credentials"],
         "session": {"idle": "30d", "absolute": "30d", "verified": "1d"},
         "refresh": {"absolute": "30d"},
         "passwords": {"alone": 15, "beside_second_factor": 8},
         "authenticators": ["password", "totp", "passkey"],
         "confidence": {"prior": 0.97, "devices": {"own_browser": {"base": 0.9, "per": "1d"}}},
         "actions": {"contact.update": {"class": "change"}}}

    Durations are a whole number and a unit, from `1m` to `30d`; for `actions` see `parse_actions`. Raises
    PolicyInvalid, whose `path` names the field.
    """
    fields = members(body, "", _FIELDS)
    groups = {name: members(fields.get(name, {}), name, known) for name, known in _GROUPS.items()}
    session, refresh, passwords = groups["session"], groups["refresh"], groups["passwords"]
    absolute = _duration(session, "session", "absolute", DEFAULT_POLICY.session_absolute_seconds)
    policy = ChannelPolicy(
        minimum_acr=read_acr(fields.get("minimum_acr", DEFAULT_POLICY.minimum_acr), "minimum_acr"),
        grants=_words(fields, "ways_in", DEFAULT_POLICY.grants, WAYS_IN, "way in"),
        session_idle_seconds=_duration(session, "session", "idle", min(DEFAULT_POLICY.session_idle_seconds, absolute)),
        session_absolute_seconds=absolute,
        refresh_absolute_seconds=_duration(
            refresh, "refresh", "absolute", min(DEFAULT_POLICY.refresh_absolute_seconds, absolute)
        ),
        verified_seconds=_duration(session, "session", "verified", DEFAULT_POLICY.verified_seconds),
        password_alone=_length(passwords, "alone", SHORTEST_PASSWORD_ALONE),
        password_beside_second_factor=_length(passwords, "beside_second_factor", SHORTEST_PASSWORD_BESIDE),
        authenticators=_words(fields, "authenticators", DEFAULT_POLICY.authenticators, AUTHENTICATORS, "authenticator"),
        prior=read_probability(groups["confidence"].get("prior", DEFAULT_POLICY.prior), "confidence.prior"),
        devices=_devices(groups["confidence"].get("devices", {})),
        actions=parse_actions(fields.get("actions", {}), "actions"),
    )
    _refuse_contradictions(policy)
    return policy


def render_policy(policy: ChannelPolicy) -> dict[str, Any]:
    """The complete, canonical body of a policy: `parse_policy(render_policy(p)) == p`."""
    return {
        "minimum_acr": policy.minimum_acr,
        "ways_in": list(policy.grants),
        "session": {
            "idle": render_duration(policy.session_idle_seconds),
            "absolute": render_duration(policy.session_absolute_seconds),
            "verified": render_duration(policy.verified_seconds),
        },
        "refresh": {"absolute": render_duration(policy.refresh_absolute_seconds)},
        "passwords": {
            "alone": policy.password_alone,
            "beside_second_factor": policy.password_beside_second_factor,
        },
        "authenticators": list(policy.authenticators),
        "confidence": {
            "prior": policy.prior,
            "devices": {
                device.value: {"base": ageing.base, "per": render_duration(int(ageing.per_seconds))}
                for device, ageing in policy.devices
            },
        },
        "actions": {rule.name: render_action(rule) for rule in policy.actions},
    }


def digest_policy(policy: ChannelPolicy) -> str:
    """SHA-256 over the canonical body: two bodies that mean the same have the same digest."""
    canonical = json.dumps(render_policy(policy), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _duration(group: Mapping[str, object], path: str, name: str, default: int) -> int:
    return read_duration(group[name], at(path, name)) if name in group else default


def _words(
    fields: Mapping[str, object], name: str, default: tuple[str, ...], known: tuple[str, ...], needed: str
) -> tuple[str, ...]:
    return read_words(fields.get(name, list(default)), name, known, needed=needed)


def _length(group: Mapping[str, object], name: str, shortest: int) -> int:
    return read_number(group.get(name, shortest), f"passwords.{name}", least=shortest, most=LONGEST_MINIMUM)


def _devices(value: object) -> tuple[tuple[DeviceClass, Ageing], ...]:
    path = "confidence.devices"
    given = members(value, path, tuple(each.value for each in DeviceClass))
    return tuple(
        (device, _ageing(given[device.value], at(path, device.value)) if device.value in given else default)
        for device, default in DEFAULT_POLICY.devices
    )


def _ageing(value: object, path: str) -> Ageing:
    fields = members(value, path, ("base", "per"))
    for needed in ("base", "per"):
        if needed not in fields:
            raise PolicyInvalid(f"{path}.{needed}", "is needed.")
    return Ageing(
        base=read_probability(fields["base"], f"{path}.base"),
        per_seconds=float(read_duration(fields["per"], f"{path}.per")),
    )


def _refuse_contradictions(policy: ChannelPolicy) -> None:
    if policy.session_idle_seconds > policy.session_absolute_seconds:
        raise PolicyInvalid("session.idle", "is longer than session.absolute.")
    if policy.refresh_absolute_seconds > policy.session_absolute_seconds:
        raise PolicyInvalid("refresh.absolute", "is longer than session.absolute.")
    if policy.password_beside_second_factor > policy.password_alone:
        raise PolicyInvalid("passwords.beside_second_factor", "is longer than passwords.alone.")
    if "refresh_token" in policy.grants and not _GIVE_REFRESH_TOKENS & set(policy.grants):
        raise PolicyInvalid("ways_in", "has refresh_token without a way in that gives refresh tokens out.")
