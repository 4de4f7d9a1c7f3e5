"""When a feed is not what it was: the poison in a delivery, where it began, and the fuse of the feed."""

import math
from collections.abc import Mapping, Sequence

from assurance.types import Health
from sync.types import FeedFacts, FeedSettings, FieldRule, Poison, Sifted, Tally

LEAST_BAD = 5
"""So few never blow a fuse: a share means nothing yet."""
LEAST_LOST = 8
MOST_LOST = 0.25
SURENESS = 4.0
"""In standard deviations: by chance a healthy feed looks like this once in thirty thousand looks."""
LATE, STALE, FAILED = 1, 3, 12
"""In freshness objectives: how old the newest data of a feed are."""

_WORST = (Health.OK, Health.LATE, Health.STALE, Health.FAILED, Health.POISONED)


def find_poison(sifted: Sifted, before: Sequence[Tally], settings: FeedSettings, *, volume: int) -> Poison | None:
    """Why a delivery must not be applied; None for a sound one.

    `before` are the deliveries that were applied before it, the newest last: systems that send one record at a time
    poison slowly, and what is found then has begun some deliveries ago. `volume` counts the records of the period, this
    delivery's too.
    """
    if sifted.canary_lives is False:
        return Poison("canary")
    if settings.most and volume > settings.most:
        return Poison("volume")
    tallies = [*before, sifted.tally]
    refused = [(each.refused, each.received) for each in tallies]
    if (since := find_onset(refused, settings.most_refused)) is not None:
        return Poison("schema", since)
    for name, rule in sorted(settings.fields.items()):
        nulls = [each.fields.get(name, (0, 0))[::-1] for each in tallies]
        if (since := find_onset(nulls, rule.most_null)) is not None:
            return Poison(f"nulls:{name}", since)
        losses = [each.losses.get(name, (0, 0))[::-1] for each in tallies]
        if not settings.scim and (since := find_onset(losses, most_lost(rule), least=LEAST_LOST)) is not None:
            return Poison(f"nulls:{name}", since)
    return None


def most_lost(rule: FieldRule) -> float:
    """The share of values known so far that a sound delivery takes away at most.

    Few people give a number up: what nine of ten records lose is seen in ten of them, before the share of nulls means
    anything. Where more than half may be empty more may be lost, and of a field that nobody watches all.
    """
    return max(MOST_LOST, rule.most_null - MOST_LOST) if rule.most_null < 1 else 1.0


def find_onset(counts: Sequence[tuple[int, int]], bound: float, *, least: int = LEAST_BAD) -> int | None:
    """How many deliveries before the last one belong to the poison; None while the last ones are sound.

    `counts` are bad ones and all of each delivery. Poison is there when of the last deliveries, however many are taken
    together, more than `bound` were bad beyond chance. It began where the excess over the bound is greatest.
    """
    if not counts or not counts[-1][0]:
        return None  # a sound delivery is not held for the ones before it
    bad = total = found = 0
    excess, most, onset = 0.0, -math.inf, 0
    for back, (wrong, all_of_them) in enumerate(reversed(counts)):
        bad, total = bad + wrong, total + all_of_them
        excess += wrong - bound * all_of_them
        if wrong and excess > most:
            most, onset = excess, back
        found = found or (bad >= least and exceeds(bad, total, bound))
    return onset if found else None


def exceeds(bad: int, total: int, bound: float) -> bool:
    """Whether a share is above a bound beyond chance (lower limit of Wilson's interval)."""
    if bad < LEAST_BAD or not total:
        return False
    share, square = bad / total, SURENESS**2
    middle = share + square / (2 * total)
    spread = SURENESS * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    return (middle - spread) / (1 + square / total) > bound


def judge_fuse(facts: FeedFacts, settings: FeedSettings) -> tuple[Health, str]:
    """How a feed is, and why where it is not well: the worst of what is found."""
    found = [judge_age(facts.age, settings.freshness)]
    if settings.canary_id:
        silent = facts.observed if facts.canary_age is None else facts.canary_age
        health, _ = judge_age(silent, settings.freshness)
        found.append((health, "canary_silent"))
    if facts.received < settings.least and facts.observed >= settings.period:
        found.append((Health.LATE, "too_few"))
    if facts.poisoned_by:
        found.append((Health.POISONED, facts.poisoned_by))
    health, reason = max(found, key=lambda each: _WORST.index(each[0]))
    return health, reason if health is not Health.OK else ""


def judge_age(age: float, freshness: int) -> tuple[Health, str]:
    """How something is whose newest news are `age` seconds old, where `freshness` is how old they should be at most."""
    objectives = age / freshness
    if objectives <= LATE:
        return Health.OK, ""
    if objectives <= STALE:
        return Health.LATE, "no_news"
    return (Health.STALE, "no_news") if objectives <= FAILED else (Health.FAILED, "no_news")


def null_shares(tally: Tally) -> dict[str, float]:
    """Of each field that a delivery mentions, the share of nulls."""
    return {name: nulls / count for name, (count, nulls) in sorted(tally.fields.items()) if count}


def write_tally(tally: Tally) -> dict[str, list[int]]:
    """The fields of a tally as they are kept: of each its mentions and nulls, those that were known, those lost."""
    return {name: [*counts, *tally.losses.get(name, (0, 0))] for name, counts in tally.fields.items()}


def read_tally(kept: Mapping[str, Sequence[int]], *, received: int, refused: int) -> Tally:
    """A tally that `write_tally` wrote."""
    return Tally(
        received=received,
        refused=refused,
        fields={name: (each[0], each[1]) for name, each in kept.items()},
        losses={name: (each[2], each[3]) for name, each in kept.items()},
    )
