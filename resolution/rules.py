"""Judgement of this room: which value is believed, and why."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from resolution.types import Claim, Golden, Ruling, Value

FAMILIES = {
    "email": "contact_points",
    "phone": "contact_points",
    "address": "contact_points",
    "postal_code": "contact_points",
    "city": "contact_points",
    "country": "contact_points",
    "interests": "behavior",
    "segment": "behavior",
    "last_seen": "behavior",
    "last_purchase": "behavior",
    "last_case": "case_history",
    "open_cases": "case_history",
}
"""The row of the ranking that an attribute without one of its own goes by."""

_CRITERIA = (Ruling.LEVEL, Ruling.RANK, Ruling.RECENCY, Ruling.COMPLETENESS, Ruling.NAME)


def survive(claims: Iterable[Claim], orders: Mapping[str, tuple[str, ...]]) -> tuple[Golden, ...]:
    """What is believed of each attribute, by name: the same whatever order the claims come in.

    Verification level counts before the rank of the source, that before recency, that before completeness; in the end
    the name decides. `orders` has for an attribute the sources that are asked about it, the first one believed most:
    others are not asked at all. Where an attribute has no order, all are asked and rank alike.
    """
    by_attribute: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_attribute[claim.attribute].append(claim)
    found = (_believe(by_attribute[name], orders.get(name)) for name in sorted(by_attribute))
    return tuple(golden for golden in found if golden is not None)


def _believe(claims: list[Claim], order: tuple[str, ...] | None) -> Golden | None:
    asked = [each for each in claims if order is None or each.source in order]
    if not asked:
        return None
    ranked = sorted(asked, key=lambda each: _standing(each, order), reverse=True)
    winner = ranked[0]
    against = tuple(each for each in ranked[1:] if not alike(winner.value, each.value))
    unbelieved = tuple(sorted((each for each in claims if each not in asked), key=lambda each: _standing(each, None)))
    if against:
        ruling = _first_difference(_standing(winner, order), _standing(against[0], order))
    else:
        ruling = Ruling.AGREED if len(ranked) > 1 else Ruling.UNCONTESTED
    return Golden(winner, ruling, against, unbelieved)


def _standing(claim: Claim, order: tuple[str, ...] | None) -> tuple[Any, ...]:
    """How much a claim counts, the first criterion first."""
    rank = -order.index(claim.source) if order else 0
    # Of two alike in everything the smaller name is taken: any rule will do, as long as it is always the same.
    names = tuple(-ord(letter) for letter in f"{claim.source} {claim.record}")
    return int(claim.level), rank, claim.occurred_at, claim.completeness, (*names, 0, str(claim.value))


def _first_difference(winner: tuple[Any, ...], loser: tuple[Any, ...]) -> Ruling:
    return next(name for name, ours, theirs in zip(_CRITERIA, winner, loser, strict=True) if ours != theirs)


def alike(one: Value, other: Value) -> bool:
    """Whether two values say the same: texts are compared without case, spaces at their ends and ways of encoding."""
    if isinstance(one, str) and isinstance(other, str):
        return _plain(one) == _plain(other)
    return type(one) is type(other) and one == other


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def find_row(attribute: str) -> tuple[str, ...]:
    """The rows of the ranking that may speak of an attribute, its own first."""
    family = FAMILIES.get(attribute)
    return (attribute, family) if family else (attribute,)
