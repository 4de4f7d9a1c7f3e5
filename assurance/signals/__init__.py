"""The signals: one file each, and this written-out tuple. A signal looks at the material and gives evidence.

What a class of values weighs is log2(m/u): m is how often it is seen when the person is the customer, u when she is
not. The defaults stand in each file with their source; estimates from outcomes take their place.
"""

from collections.abc import Iterable
from dataclasses import replace

from assurance.signals import (
    authentication,
    changes,
    device,
    failures,
    human_check,
    identifiers,
    network,
    risk,
    travel,
    user_agent,
)
from assurance.types import Evidence, Feed, Material

SIGNALS_VERSION = "2026-11"
"""Changes with the defaults of any signal, so that a stored decision tells by which it was made."""

SIGNALS = (
    authentication.SIGNAL,
    device.SIGNAL,
    network.SIGNAL,
    user_agent.SIGNAL,
    changes.SIGNAL,
    failures.SIGNAL,
    identifiers.SIGNAL,
    human_check.SIGNAL,
    risk.SIGNAL,
    travel.SIGNAL,
)


def gather_evidence(material: Material) -> tuple[Evidence, ...]:
    """What every signal says of the material, in the order of the tuple; what is missing is said to be missing."""
    return tuple(_with_feed(evidence, material) for signal in SIGNALS for evidence in signal.look(material))


def _with_feed(evidence: Evidence, material: Material) -> Evidence:
    """Evidence with how the feed is that it came through."""
    if not evidence.feed:
        return evidence
    feed = material.feeds.get(evidence.feed, Feed())
    age = (material.now - feed.fresh_at).total_seconds() if feed.fresh_at else None
    return replace(evidence, health=feed.health, feed_age_seconds=age)


def list_defaults() -> dict[tuple[str, str], float]:
    """What each class of values weighs before outcomes say otherwise, in bits, as `Material.bits` is asked for it."""
    return {
        (name, "correct") if signal is authentication.SIGNAL else (signal.name, name): bits
        for signal in SIGNALS
        for name, bits in signal.defaults.items()
    }


def keys_of(evidence: Iterable[Evidence]) -> tuple[tuple[str, str] | None, ...]:
    """The weight each piece of evidence rests on; None for learned habits and for what is missing."""
    known = list_defaults()
    return tuple(key if not each.missing and (key := _weight_of(each)) in known else None for each in evidence)


def _weight_of(evidence: Evidence) -> tuple[str, str]:
    if evidence.standing:
        return risk.SIGNAL.name, evidence.value_class
    family = evidence.signal.partition("_")[0]
    by_family = {"changed": changes.SIGNAL.name, "device": device.SIGNAL.name}
    return by_family.get(family, evidence.signal), evidence.value_class
