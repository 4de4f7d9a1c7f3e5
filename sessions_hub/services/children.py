"""A session carried over to another channel or device: a child under the same root, never worth more."""

from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed
from sessions_hub import rules
from sessions_hub.errors import SessionEnded
from sessions_hub.events import SESSION_CARRIED_OVER
from sessions_hub.models import Participation, Reliance, Session
from sessions_hub.queries import state_of
from sessions_hub.services.devices import recognize_device
from sessions_hub.services.rows import create_row, facts, lock_live
from sessions_hub.types import SessionState, SubjectType, Via


@deed
def start_child_session(
    *, parent_sid: str, channel: str, via: Via, client_id: str, call: CallContext, device_id: str | None = None
) -> SessionState:
    """A session of the same person on `channel`, with the parent's evidence and its times: never raised by moving.

    It ends with its parent and no later. `client_id` is whom it is opened for, and takes part at once; empty for the
    gateway's own pages. Without `device_id` a new device is made. Raises SessionEnded, ChannelUnavailable.
    """
    if device_id is None:
        device, _ = recognize_device(secret=None, user_agent=call.user_agent, call=call)
        device_id = device.pk
    parent = lock_live(parent_sid, call)
    if parent.subject_type != SubjectType.ACCOUNT:
        raise SessionEnded
    row = create_row(
        subject_type=SubjectType.ACCOUNT,
        subject=parent.subject,
        account_id=parent.account_id,
        device_id=device_id,
        channel=channel,
        evidence=rules.write_evidence(rules.read_evidence(parent.evidence)),
        parent=parent,
        via=via,
        opened_by=client_id,
        call=call,
    )
    _copy_reliances(parent, row)
    if client_id:
        Participation.objects.create(session=row, client_id=client_id, noted_at=call.now)
    journal.record(
        SESSION_CARRIED_OVER,
        call=call,
        subject=row.subject,
        session=row.sid,
        channel=channel,
        client=client_id,
        payload={**facts(row, call.now), "from": parent.sid, "via": via.value},
        personal={"address": call.address, "user_agent": row.user_agent},
    )
    return state_of(row, now=call.now)


def _copy_reliances(parent: Session, child: Session) -> None:
    named = parent.reliances.values_list("provider", flat=True)
    Reliance.objects.bulk_create([Reliance(session=child, provider=provider) for provider in named])
