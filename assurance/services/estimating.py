"""Estimating anew what signals weigh, from what came of decisions."""

from collections import Counter

from django.db import transaction

from assurance.events import WEIGHTS_ESTIMATED
from assurance.models import Ceiling, Weight
from assurance.queries import forget_learned, get_ceiling, list_facts, list_known, list_weights
from assurance.rules import count_top, estimate, estimate_ceiling
from assurance.signals import keys_of, list_defaults
from assurance.types import Estimation, Witnessed
from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed


@deed
def estimate_weights(*, apply: bool, call: CallContext) -> Estimation:
    """What labelled outcomes say of every weight and of the ceiling; changed, and journaled, only with `apply`.

    Nodes decide by the new weights within a minute; a decision stores its evidence in bits, so old ones stay as they
    were.
    """
    known = list_known()
    witnessed = [
        Witnessed(known[decision_id][0], facts, keys_of(facts.evidence))
        for decision_id, facts in list_facts(decision_ids=list(known))
        if facts.is_judged  # of what rests on no person its outcome says nothing about one
    ]
    now = list_defaults() | dict(list_weights())
    kinds = Counter(signal for signal, _ in now)
    ceiling = get_ceiling()
    labels, errors = count_top([(confidence, is_customer) for is_customer, confidence in known.values()], ceiling)
    found = Estimation(
        decisions=len(witnessed),
        weights=estimate(witnessed, now=now, kinds=kinds),
        ceiling_was=ceiling,
        ceiling=estimate_ceiling(labels, errors),
        top_labels=labels,
        top_errors=errors,
    )
    if apply:
        _apply(found, call)
    return found


def _apply(found: Estimation, call: CallContext) -> None:
    model = call.now.strftime("%Y%m%d%H%M%S")
    for each in found.weights:
        values = {"bits": each.bits, "m": each.m, "u": each.u, "labels": each.labels}
        Weight.objects.update_or_create(
            signal=each.signal,
            value_class=each.value_class,
            defaults={**values, "model": model, "estimated_at": call.now},
        )
    counts = {"labels": found.top_labels, "errors": found.top_errors, "estimated_at": call.now}
    Ceiling.objects.update_or_create(name="reported", defaults={"ceiling": found.ceiling, **counts})
    changes = [
        {"signal": each.signal, "class": each.value_class, "was": each.was, "bits": each.bits} for each in found.weights
    ]
    journal.record(
        WEIGHTS_ESTIMATED,
        call=call,
        payload={"model": model, "decisions": found.decisions, "weights": changes, "ceiling": found.ceiling},
    )
    transaction.on_commit(forget_learned)
