"""Standing risks: raised by whoever learns of them, cleared by a person who looked."""

from assurance.events import RISK_CLEARED, RISK_RAISED
from assurance.models import Label, RiskFlag, SubjectProfile
from assurance.types import RiskKind
from audit import journal
from kit.call import CallContext
from kit.ids import new_id
from kit.refusal import NotFound
from kit.unit_of_work import deed


@deed
def raise_risk(*, subject: str, kind: RiskKind, source: str, call: CallContext) -> str:
    """Let a risk weigh on a subject until it is cleared; the id of the one that stands already, if one does."""
    SubjectProfile.objects.bulk_create([SubjectProfile(subject=subject, updated_at=call.now)], ignore_conflicts=True)
    mine = RiskFlag(
        flag_id=new_id("rsk_"), profile_id=subject, kind=kind.value, source=source[:255], raised_at=call.now
    )
    standing = _stand(mine) or _stand(mine)  # again: the one before may have been cleared in this very moment
    if standing is None:
        return mine.flag_id
    if standing.flag_id == mine.flag_id:
        journal.record(RISK_RAISED, call=call, subject=subject, payload={"risk": mine.flag_id, "kind": kind.value})
    return standing.flag_id


def _stand(mine: RiskFlag) -> RiskFlag | None:
    """The risk of this kind that stands, held: one of a kind does, the first of several together."""
    RiskFlag.objects.bulk_create([mine], ignore_conflicts=True)
    rows = RiskFlag.objects.select_for_update().filter(profile=mine.profile_id, kind=mine.kind, cleared_at=None)
    return rows.first()


@deed
def clear_risk(*, flag_id: str, call: CallContext) -> bool:
    """Take a risk off a subject; False when it was cleared before. Raises NotFound."""
    flag = RiskFlag.objects.select_for_update().filter(flag_id=flag_id).first()
    if flag is None:
        raise NotFound
    if flag.cleared_at is not None:
        return False
    flag.cleared_at, flag.cleared_by = call.now, call.caller.actor
    flag.save(update_fields=["cleared_at", "cleared_by"])
    journal.record(RISK_CLEARED, call=call, subject=flag.profile_id, payload={"risk": flag.flag_id, "kind": flag.kind})
    return True


@deed
def forget_subject(*, subject: str, call: CallContext) -> None:  # noqa: ARG001  every deed takes a call
    """Keep nothing of an erased person: how she came, what stood against her, what came of her decisions.

    The journal's own lines hold codes and numbers only, and what is personal in them went with her key.
    """
    SubjectProfile.objects.filter(subject=subject).delete()  # and with it the risks
    Label.objects.filter(subject=subject).delete()
