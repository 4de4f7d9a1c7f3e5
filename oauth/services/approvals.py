"""What a customer says to a request that waits for her, and how such requests are forgotten."""

from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed
from oauth import events
from oauth.models import BackchannelRequest, Client, DeviceGrant, Waiting
from oauth.services.allowances import remember_allowance
from oauth.types import Decision, GrantType
from sessions_hub.types import SessionState

_EVENTS = {
    Decision.APPROVED: events.APPROVAL_GIVEN,
    Decision.DENIED: events.APPROVAL_REFUSED,
    Decision.DISOWNED: events.APPROVAL_DISOWNED,
}
_WAYS_IN = {DeviceGrant: GrantType.DEVICE_CODE.way_in, BackchannelRequest: GrantType.CIBA.way_in}


@deed
def record_answer(
    *,
    row: Waiting,
    client: Client,
    decision: Decision,
    session: SessionState,
    call: CallContext,
    reason: str = "said_so",
) -> None:
    """Write an answer into a locked row that has none, and into the journal; it is not looked at whether it may.

    A yes is remembered as allowing the client its scopes, unless it is one of the house.
    """
    row.decision, row.decided_at, row.approver_sid = decision.value, call.now, session.sid
    row.save(update_fields=["decision", "decided_at", "approver_sid"])
    if decision is Decision.APPROVED and not client.skip_authorization:
        remember_allowance(scopes=row.scopes_for(client), client=client, session=session, call=call)
    journal.record(
        _EVENTS[decision],
        call=call,
        subject=session.subject,
        session=session.sid,
        client=client.client_id,
        channel=client.channel_id,
        payload={"request": row.ref, "way_in": _WAYS_IN[type(row)], "client": client.client_id, "reason": reason},
    )


@deed
def forget_requests_of(*, subject: str, call: CallContext) -> None:
    """Delete what was asked of an erased person. One that is being redeemed right now is left to the clock."""
    forgotten = 0
    for table in (DeviceGrant, BackchannelRequest):
        rows = table.objects.filter(subject=subject).order_by("pk").select_for_update(skip_locked=True)
        deleted, _ = table.objects.filter(pk__in=[row.pk for row in rows]).delete()
        forgotten += deleted
    if forgotten:
        journal.record(events.APPROVAL_FORGOTTEN, call=call, payload={"requests": forgotten})
