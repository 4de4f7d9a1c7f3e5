"""What came of decisions, as channels report it."""

from dataclasses import replace

from assurance.errors import DecisionUnknown, LabelConflict
from assurance.events import DECISION_LABELED
from assurance.models import Label
from assurance.queries import find_decision
from assurance.types import Label as LabelName
from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed


@deed
def label_decision(*, decision_id: str, label: LabelName, call: CallContext) -> None:
    """Note what came of a decision, once for each kind; only the client that asked may tell.

    Raises DecisionUnknown for another's, LabelConflict for a second report of the same kind.
    """
    decision = find_decision(decision_id=decision_id)
    if decision is None or decision.client_id != (call.caller.client_id or ""):
        raise DecisionUnknown
    row, created = Label.objects.get_or_create(
        decision_id=decision_id,
        outcome=label.value,
        defaults={
            "subject": decision.subject,
            "client_id": decision.client_id,
            "confidence": decision.judgement["confidence"],
            "reported_at": call.now,
        },
    )
    if not created:
        raise LabelConflict
    journal.record(
        DECISION_LABELED,
        call=replace(call, journey=decision.journey or call.journey),
        subject=decision.subject,
        session=decision.sid,
        channel=decision.channel,
        payload={"decision": decision_id, "label": row.outcome},
    )
