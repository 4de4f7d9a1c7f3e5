"""A policy in plain words, and in what two policies differ."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from channel_registry.rules.fields import render_duration
from channel_registry.types import ActionRule, ChannelPolicy, FieldChange, Match, Sentence

LEVELS = {
    "0": "nothing proved now",
    "urn:throughline:1fa": "one factor",
    "urn:throughline:2fa": "two factors",
    "phr": "a passkey",
    "phrh": "a passkey kept in hardware",
}
WAYS = {
    "authorization_code": "sign-in on our pages",
    "refresh_token": "staying connected",
    "client_credentials": "software of its own",
    "device_code": "a device without a keyboard, let in elsewhere",
    "ciba": "asking the customer on her own device",
    "token_exchange": "from app to app, and to a site",
    "handoff": "a session handed over from another channel",
    "assistance": "staff who act for a customer",
}
PROOFS = {
    "password": "password",
    "email_code": "code by mail",
    "totp": "authenticator app",
    "recovery_code": "recovery code",
    "passkey": "passkey",
    "passkey_uv": "passkey with PIN, finger or face",
    "passkey_hardware": "passkey kept in hardware",
    "federated": "another provider",
}
_LINKS = {Match.VERIFIED: "verified links to records only", Match.NONE: "no matched records at all"}


def describe_policy(policy: ChannelPolicy) -> tuple[Sentence, ...]:
    """What a policy says of sessions and proofs, one sentence per thing; its actions are described one by one."""
    fades = "; ".join(
        f"{device.value} towards {_percent(ageing.base)} in {render_duration(int(ageing.per_seconds))}"
        for device, ageing in policy.devices
    ).replace("_", " ")
    return (
        Sentence("Proved at least", LEVELS[policy.minimum_acr]),
        Sentence("Ways in", ", ".join(WAYS[way] for way in policy.grants)),
        Sentence(
            "A session ends",
            f"{render_duration(policy.session_idle_seconds)} after its last use, "
            f"{render_duration(policy.session_absolute_seconds)} after its begin",
        ),
        Sentence("Stays connected", f"for {render_duration(policy.refresh_absolute_seconds)}"),
        Sentence("Counts as verified", f"for {render_duration(policy.verified_seconds)} after a proof, on any channel"),
        Sentence(
            "Shortest password",
            f"{policy.password_alone} characters alone, {policy.password_beside_second_factor} beside a second factor",
        ),
        Sentence("Proofs that count", ", ".join(PROOFS[proof] for proof in policy.authenticators)),
        Sentence("Before any evidence", f"{_percent(policy.prior)} of signed-in sessions are their customer's"),
        Sentence("Without a new proof it fades", fades),
    )


def describe_action(rule: ActionRule) -> str:
    """What an action asks for, in one line."""
    if rule.is_static:
        return f"decided by {len(rule.conditions)} condition{'s' if len(rule.conditions) != 1 else ''} alone"
    return ", ".join(_asks(rule))


def _asks(rule: ActionRule) -> Iterator[str]:
    yield f"confidence {_percent(rule.threshold)}"
    if rule.acr:
        within = f" within {render_duration(rule.max_age)}" if rule.max_age is not None else ""
        yield f"{LEVELS[rule.acr]}{within}"
    if rule.purpose:
        yield f"consent to {rule.purpose}"
    if rule.match in _LINKS:
        yield _LINKS[rule.match]
    if rule.live_only:
        yield "live data only"
    if rule.feed_max_age is not None:
        yield f"fed data at most {render_duration(rule.feed_max_age)} old"
    if rule.conditions:
        yield f"{len(rule.conditions)} condition{'s' if len(rule.conditions) != 1 else ''} on the request"


def compare_bodies(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The fields in which two canonical bodies differ, in the order of the second, what is gone at the end."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    paths = [*new, *(path for path in old if path not in new)]
    return tuple(FieldChange(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path))


def _leaves(body: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        here = f"{path}.{name}" if path else str(name)
        if isinstance(value, Mapping):
            yield from _leaves(value, here)
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):
            yield here, ", ".join(value) or "none"
        else:
            yield here, value if isinstance(value, str) else json.dumps(value)


def _percent(probability: float) -> str:
    return f"{probability * 100:.4f}".rstrip("0").rstrip(".") + "\N{NO-BREAK SPACE}%"
