"""Standing risks: raised by whoever learns of them, cleared by a person who looked."""

from assurance.events import RISK_CLEARED, RISK_RAISED
from assurance.models import RiskFlag
from assurance.types import RiskKind
from audit import journal
from kit.call import CallContext
from kit.ids import new_id
from kit.refusal import NotFound
from kit.unit_of_work import deed


@deed
def raise_risk(*, subject: str, kind: RiskKind, source: str, call: CallContext) -> str:
    """Let a risk weigh on a subject until it is cleared; the id of the one that stands already, if one does."""
    standing = RiskFlag.objects.select_for_update().filter(subject=subject, kind=kind.value, cleared_at=None).first()
    if standing is not None:
        return standing.flag_id
    flag = RiskFlag.objects.create(
        flag_id=new_id("rsk_"), subject=subject, kind=kind.value, source=source[:255], raised_at=call.now
    )
    journal.record(RISK_RAISED, call=call, subject=subject, payload={"risk": flag.flag_id, "kind": kind.value})
    return flag.flag_id


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
    journal.record(RISK_CLEARED, call=call, subject=flag.subject, payload={"risk": flag.flag_id, "kind": flag.kind})
    return True
