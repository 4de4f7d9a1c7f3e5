"""The actor's last look at consent, inside its own transaction: check-then-act alone acts after a withdrawal."""

from collections.abc import Sequence

from audit import journal
from consent import queries
from consent.errors import ConsentChanged
from consent.models import LinkedParty
from consent.types import Change, Checked, Verdict
from kit.call import CallContext
from kit.unit_of_work import current_unit_of_work, deed

_WORK = "consent.revalidation"
_AFTER_WRITING = 15  # see UnitOfWork: the heads are held, and what this deed itself chose is written


@deed
def revalidate(*, checked: Checked, call: CallContext) -> None:
    """Let this deed commit only if everything that was permitted at a check is permitted still.

    The heads of the parties and of those linked to them are held from the look until the commit: a withdrawal is
    either seen, or answered after this deed has committed. At the commit it raises ConsentChanged, which takes the
    whole deed back. What was denied at the check is left aside.
    """
    wanted = [item for item, answer in zip(checked.items, checked.answers, strict=True) if answer.permits]
    if not wanted:
        return
    parties = {item.party for item in wanted}
    held = parties | _kin(parties)
    journal.hold_heads(held)
    unit = current_unit_of_work()
    looks: list[tuple[Checked, set[str]]] = unit.notes.setdefault(_WORK, [])
    looks.append((checked, held))
    unit.before_commit(_WORK, _AFTER_WRITING, lambda: _look_again(looks, call))


@deed
def commit_check(*, token: str, client: str, call: CallContext) -> None:
    """`revalidate` by the token of a check, for an actor outside the house: what it permitted is permitted still.

    Raises CheckUnknown, CheckExpired, ConsentChanged.
    """
    revalidate(checked=queries.read_check(token, client=client, now=call.now), call=call)


def _look_again(looks: Sequence[tuple[Checked, set[str]]], call: CallContext) -> None:
    for checked, held in looks:
        before = [(item, answer) for item, answer in zip(checked.items, checked.answers, strict=True) if answer.permits]
        now = queries.check([item for item, _ in before], call.now)
        changes = [
            Change(item, answer.decision, found)
            for (item, answer), found in zip(before, now.answers, strict=True)
            if found.decision is Verdict.DENY
        ]
        # Who was linked since is not held: what such a party chose a moment ago might not be seen.
        if changes or _kin({item.party for item, _ in before}) - held:
            raise ConsentChanged(changes)


def _kin(parties: set[str]) -> set[str]:
    return set(LinkedParty.objects.filter(party__in=parties).values_list("other", flat=True))
