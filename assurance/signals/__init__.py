"""The signals: one file each, and this written-out tuple. A signal looks at the material and gives evidence.

What a class of values weighs is log2(m/u): m is how often it is seen when the person is the customer, u when she is
not. The defaults stand in each file with their source; estimates from outcomes take their place.
"""

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
