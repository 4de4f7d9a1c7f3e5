"""States held against what their events say."""

from consent import rules
from consent.models import ConsentEvent, EffectiveState
from consent.services.writing import derive_states, save_states, under_heads
from consent.types import Rebuilt
from kit.call import CallContext
from kit.unit_of_work import deed

_GROUND = ("seq", "ground", "judged_at")
"""What follows from the events alone."""
_SAID = ("decision", "reason", "rule", "winner", "losers", "cells", "valid_until", "notice_version")
"""What follows from them and the purpose."""


@deed
def rebuild_states(*, after: str = "", limit: int = 200, repair: bool = False, call: CallContext) -> Rebuilt:  # noqa: ARG001  every deed takes its call
    """Derive the states of the next parties, by name from `after` on, from their events alone, and compare.

    The answer is filled when the deed commits. A state whose purpose has changed since is judged anew; what it rests on
    is compared all the same. With `repair` differing states are written as they should be. Events whose hash or chain
    does not hold are named.
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
        if not should or not stands or not _agree(should, stands, _GROUND):
            wrong.append((key, should))
        elif stands.purpose_version != should.purpose_version:
            overtaken.append(should)
        elif not _agree(should, stands, _SAID):
            wrong.append((key, should))
    found.states += len(derived)
    found.parties += len(parties)
    found.overtaken += len(overtaken)
    found.differences += [f"{party} {purpose}" for (party, purpose), _ in wrong]
    found.broken += _broken_chains(parties, found)
    save_states(overtaken)
    if repair:
        save_states([should for _, should in wrong if should])
        gone = [stored[key].pk for key, should in wrong if should is None]
        EffectiveState.objects.filter(pk__in=gone).delete()


def _agree(one: EffectiveState, other: EffectiveState, names: tuple[str, ...]) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in names)


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
