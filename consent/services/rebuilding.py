"""States held against what their events say."""

from consent import rules
from consent.models import ConsentEvent, EffectiveState
from consent.services.writing import derive_states, save_states, under_heads
from consent.types import Rebuilt
from kit.call import CallContext
from kit.unit_of_work import deed

_SAID = (
    *("seq", "ground", "purpose_version", "decision", "reason", "rule", "winner", "losers", "cells", "valid_until"),
    *("notice_version", "judged_at"),
)


@deed
def rebuild_states(*, after: str = "", limit: int = 200, repair: bool = False, call: CallContext) -> Rebuilt:  # noqa: ARG001  every deed takes its call
    """Derive the states of the next parties, by name from `after` on, from their events alone, and compare.

    The answer is filled when the deed commits. A state that a purpose's change has overtaken is no difference: it is
    judged anew. With `repair` differing states are written as they should be. Events whose hash or chain does not hold
    are named.
    """
    found = Rebuilt()
    parties = ConsentEvent.objects.filter(party__gt=after).order_by("party").values_list("party", flat=True).distinct()
    names = list(parties[:limit])
    if names:
        found.after = names[-1]
        under_heads("consent.rebuild", names, lambda: _compare(names, found, repair=repair))
    return found


def _compare(parties: list[str], found: Rebuilt, *, repair: bool) -> None:
    derived = derive_states(parties)
    stored = {(row.party, row.purpose): row for row in EffectiveState.objects.filter(party__in=parties)}
    wrong, overtaken = [], []
    for key in sorted(derived.keys() | stored.keys()):
        should, stands = derived.get(key), stored.get(key)
        if should and stands and stands.purpose_version != should.purpose_version:
            overtaken.append(should)
        if not should or not stands or not _agree(should, stands):
            wrong.append((key, should))
    found.states += len(derived)
    found.parties += len(parties)
    found.overtaken += len(overtaken)
    behind = {(row.party, row.purpose) for row in overtaken}
    found.differences += [f"{party} {purpose}" for (party, purpose), _ in wrong if (party, purpose) not in behind]
    found.broken += _broken_chains(parties, found)
    save_states([should for key, should in wrong if should and (repair or key in behind)])
    if repair:
        gone = [stored[key].pk for key, should in wrong if should is None]
        EffectiveState.objects.filter(pk__in=gone).delete()


def _agree(one: EffectiveState, other: EffectiveState) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _SAID)


def _broken_chains(parties: list[str], found: Rebuilt) -> list[str]:
    broken = []
    party, previous = "", ""
    names = [field.name for field in ConsentEvent._meta.concrete_fields]
    for row in ConsentEvent.objects.filter(party__in=parties).order_by("party", "seq").iterator(chunk_size=1000):
        found.events += 1
        if row.party != party:
            party, previous = row.party, ""
        if row.previous != previous or row.hash != rules.hash_event({name: getattr(row, name) for name in names}):
            broken.append(row.pk)
        previous = row.hash
    return broken
