"""What a trial says of the judge: calibration, mistakes, and how often people are asked, beside two plain policies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assurance.simulation.trial import Visit

BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)


@dataclass(frozen=True, slots=True)
class Bin:
    """Reports of a confidence in [low, high): how many, what was reported on average, how often it was true."""

    low: float
    high: float
    reports: int
    reported: float
    true: float


@dataclass(frozen=True, slots=True)
class Policy:
    """How a policy did: of impostors how many got through, of customers how many were asked or turned away."""

    name: str
    false_accepts: float
    false_step_ups: float
    turned_away: float
    step_ups_per_thousand: float


@dataclass(frozen=True, slots=True)
class Results:
    """Everything the report prints. `ece` is the expected calibration error, weighted by reports."""

    visits: int
    reports: int
    customers: int
    ece: float
    bins: tuple[Bin, ...]
    policies: tuple[Policy, ...]
    by_visitor: tuple[tuple[str, int, float, float], ...]


def summarize(visits: Sequence[Visit]) -> Results:
    """The results of a trial."""
    reports = [(report, visit.visitor.is_customer) for visit in visits for report in visit.reports]
    bins = tuple(found for found in (_bin(reports, low, high) for low, high in pairwise(BINS)) if found)
    return Results(
        visits=len(visits),
        reports=len(reports),
        customers=sum(visit.visitor.is_customer for visit in visits),
        ece=calibration_error(bins),
        bins=bins,
        policies=tuple(_policy(visits, name, asks, passes) for name, asks, passes in _POLICIES),
        by_visitor=tuple(_of_visitor(visits, kind) for kind in sorted({visit.visitor for visit in visits})),
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """The mean distance between what was reported and what was true, each bin by its share of reports."""
    total = sum(each.reports for each in bins)
    return sum(each.reports * abs(each.reported - each.true) for each in bins) / total if total else 0.0


def _bin(reports: Sequence[tuple[float, bool]], low: float, high: float) -> Bin | None:
    inside = [each for each in reports if low <= each[0] < high or each[0] == high == 1.0]
    if not inside:
        return None
    return Bin(
        low=low,
        high=high,
        reports=len(inside),
        reported=sum(reported for reported, _ in inside) / len(inside),
        true=sum(is_customer for _, is_customer in inside) / len(inside),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _policy(
    visits: Sequence[Visit], name: str, asks: Callable[[Visit], bool], passes: Callable[[Visit], bool]
) -> Policy:
    customers = [visit for visit in visits if visit.visitor.is_customer]
    impostors = [visit for visit in visits if not visit.visitor.is_customer]
    return Policy(
        name=name,
        false_accepts=_share(sum(passes(visit) for visit in impostors), len(impostors)),
        false_step_ups=_share(sum(asks(visit) for visit in customers), len(customers)),
        turned_away=_share(sum(not passes(visit) for visit in customers), len(customers)),
        step_ups_per_thousand=1000 * _share(sum(asks(visit) for visit in visits), len(visits)),
    )


_POLICIES: tuple[tuple[str, Callable[[Visit], bool], Callable[[Visit], bool]], ...] = (
    ("confidence", lambda visit: visit.asked, lambda visit: visit.done),
    ("MFA always", lambda visit: True, lambda visit: visit.passes_second and visit.visitor.signs_in_to_it),
    ("password only", lambda visit: False, lambda visit: visit.visitor.signs_in_to_it),
)


def _of_visitor(visits: Sequence[Visit], kind: str) -> tuple[str, int, float, float]:
    """A kind of visitor: how many, how many got through, what confidence they had on average."""
    inside = [visit for visit in visits if visit.visitor == kind]
    through = _share(sum(visit.done for visit in inside), len(inside))
    return str(kind), len(inside), through, sum(visit.confidence for visit in inside) / len(inside)
