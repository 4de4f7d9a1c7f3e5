"""What a customer could still prove, by one method or by two of different groups."""

from collections.abc import Callable, Iterable
from itertools import combinations

from assurance.types import Proving, Reach


def list_reaches(provings: Iterable[Proving], *, acr_after: Callable[[tuple[str, ...]], str]) -> tuple[Reach, ...]:
    """Every step-up that can be done with these methods; `acr_after` says which level a set of them leads to."""
    ways = tuple(sorted(provings, key=lambda each: each.method))
    pairs = ((one, other) for one, other in combinations(ways, 2) if one.group is not other.group)
    sets: list[tuple[Proving, ...]] = [*((each,) for each in ways), *pairs]
    return tuple(Reach(by=each, acr=acr_after(tuple(way.method for way in each))) for each in sets)
