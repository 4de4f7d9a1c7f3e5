"""What age and the health of a feed leave of evidence."""

import math
from collections.abc import Iterable

from assurance.types import Brings, Evidence, Feed, Group, Health, Line, Material
from channel_registry.types import ActionRule

STILL_SPEAKS = {Health.OK: 1.0, Health.LATE: 0.9, Health.STALE: 0.5, Health.FAILED: 0.1, Health.POISONED: 0.0}
"""The probability that evidence still speaks, by the fuse of its feed."""


def effective_bits(evidence: Evidence) -> float:
    """What evidence weighs now: log2(s * m/u + (1 - s)), with s the probability that it still speaks.

    Agreement and disagreement both shrink towards nothing. A standing risk does not; a missing signal weighs nothing.
    A proof is scored as of the newest one beside it: from there on the session ages as a whole.
    """
    if evidence.missing:
        return 0.0
    if evidence.standing and evidence.bits < 0:
        return evidence.bits
    still = STILL_SPEAKS[evidence.health] * _by_age(evidence)
    if still >= 1.0:
        return evidence.bits
    return math.log2(still * math.pow(2.0, evidence.bits) + (1.0 - still))


def _by_age(evidence: Evidence) -> float:
    if evidence.tau_seconds is None or evidence.age_seconds is None:
        return 1.0
    fading = evidence.age_seconds - (evidence.covered_seconds or 0.0)
    return math.exp(-max(fading, 0.0) / evidence.tau_seconds)


def left_out(evidence: Evidence, rule: ActionRule | None) -> str:
    """Why an action does not let fed evidence count; empty where it does.

    Only what speaks for the customer is left out: what a sick feed says against her holds her back as before.
    """
    if rule is None or not evidence.feed or evidence.missing or evidence.bits <= 0:
        return ""
    if rule.live_only and evidence.health is not Health.OK:
        return "feed_not_live"
    if rule.feed_max_age is None:
        return ""
    too_old = evidence.feed_age_seconds is None or evidence.feed_age_seconds > rule.feed_max_age
    return "feed_too_old" if too_old else ""


def list_lacking(material: Material, rule: ActionRule | None) -> tuple[Evidence, ...]:
    """What feeds ought to have said, had they been well: it weighs nothing, and is missing from what is decided.

    That nobody reports a risk says nothing when who would report it is silent. Of what people are like only actions
    need to know that say how old it may be.
    """
    heard = {risk.source for risk in material.standing}
    silent = (
        name for name, feed in sorted(material.feeds.items()) if name not in heard and _lacks(feed, rule, material)
    )
    return tuple(_missing(name, material.feeds[name], material) for name in silent)


def _lacks(feed: Feed, rule: ActionRule | None, material: Material) -> bool:
    if feed.brings is Brings.RISKS:
        return feed.health is not Health.OK
    if feed.brings is not Brings.ATTRIBUTES or rule is None or rule.feed_max_age is None:
        return False
    age = _age(feed, material)  # of one that is well and has brought nothing yet nothing is missed
    return feed.health is not Health.OK or (age is not None and age > rule.feed_max_age)


def _missing(name: str, feed: Feed, material: Material) -> Evidence:
    is_risk = feed.brings is Brings.RISKS
    return Evidence(
        signal="feed",
        group=Group.RISK if is_risk else Group.BEHAVIOR,
        bits=0.0,
        label=f"{'Reports of risks' if is_risk else 'What is known of her'} from {name}",
        source=name,
        value_class=feed.brings.value,
        health=feed.health,
        missing=True,
        feed=name,
        feed_age_seconds=_age(feed, material),
    )


def _age(feed: Feed, material: Material) -> float | None:
    return (material.now - feed.fresh_at).total_seconds() if feed.fresh_at else None


def list_degraded(lines: Iterable[Line]) -> tuple[str, ...]:
    """The feeds that were not well, whose evidence an action left out, or who ought to have said something, by name."""
    pieces = [line for line in lines if line.evidence.feed]
    return tuple(sorted({line.evidence.feed for line in pieces if line.left_out or not _is_well(line.evidence)}))


def _is_well(evidence: Evidence) -> bool:
    return evidence.health is Health.OK and not evidence.missing
