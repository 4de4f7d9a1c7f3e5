"""A session carried over to another channel or device: a child under the same root, never worth more."""

from datetime import datetime

from accounts.services import hold_providers
from accounts.types import Proof
from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed
from sessions_hub import rules
from sessions_hub.errors import NotHerOwn, SessionEnded
from sessions_hub.events import SESSION_CARRIED_OVER
from sessions_hub.models import Participation, Reliance, Session
from sessions_hub.queries import state_of
from sessions_hub.services.devices import recognize_device
from sessions_hub.services.rows import create_row, facts, hold_active_account, lock_live, note_reliances, promote
from sessions_hub.types import SessionState, SubjectType, Via


@deed
def start_child_session(
    *,
    parent_sid: str,
    channel: str,
    via: Via,
    client_id: str,
    call: CallContext,
    device_id: str | None = None,
    until: datetime | None = None,
) -> SessionState:
    """A session of the same person on `channel`, with the parent's evidence and its times: never raised by moving.

    It ends with its parent and no later. `client_id` is whom it is opened for, and takes part at once; empty for the
    gateway's own pages. Without `device_id` a new device is made; on a known one the anonymous history is linked to
    her as it is at a sign-in. `until` is when it ends at the latest. Raises SessionEnded, also for an anonymous session
    and for an account that is not active; NotHerOwn for a session in which somebody acts for her; ChannelUnavailable.
    """
    parent, carried = _lock_parent(parent_sid, call)
    row = create_row(
        subject_type=SubjectType.ACCOUNT,
        subject=parent.subject,
        account_id=parent.account_id,
        device_id=device_id or _new_device(call),
        channel=channel,
        evidence=rules.write_evidence(carried),
        parent=parent,
        via=via,
        opened_by=client_id,
        until=until,
        call=call,
    )
    note_reliances(row, carried)
    if client_id:
        Participation.objects.create(session=row, client_id=client_id, noted_at=call.now)

    _record_carried_over(row, parent, call, on_known_device=device_id is not None)
    if device_id:
        promote(to=row, call=call)
    return state_of(row, now=call.now, clients=[client_id] if client_id else ())


def _record_carried_over(row: Session, parent: Session, call: CallContext, *, on_known_device: bool) -> None:
    journal.record(
        SESSION_CARRIED_OVER,
        call=call,
        subject=row.subject,
        session=row.sid,
        channel=row.channel_id,
        client=row.opened_by,
        payload={**facts(row, call.now), "from": parent.sid, "via": row.via, "on_known_device": on_known_device},
        personal={"address": call.address, "user_agent": row.user_agent},
    )


def _lock_parent(sid: str, call: CallContext) -> tuple[Session, list[Proof]]:
    """The session to go on from and the evidence to carry, under every lock that a child needs."""
    held = _hold_providers_of(sid, call)
    if not hold_active_account(sid):
        raise SessionEnded
    parent = lock_live(sid, call)
    if parent.via == Via.ASSISTANCE:
        raise NotHerOwn
    evidence = rules.read_evidence(parent.evidence)
    # A provider that came in after the look above is not held: without it the child is worth less, never more.
    carried = [proof for proof in evidence if not proof.provider or proof.provider in held]
    if evidence and not carried:
        raise SessionEnded
    return parent, carried


def _new_device(call: CallContext) -> str:
    device, _ = recognize_device(secret=None, user_agent=call.user_agent, call=call)
    return device.pk


def _hold_providers_of(sid: str, call: CallContext) -> frozenset[str]:
    """Whoever vouched for the session upstream and is on, held so until the commit, ahead of every other lock."""
    named = list(Reliance.objects.filter(session__sid=sid).values_list("provider", flat=True))
    return hold_providers(slugs=named, call=call) if named else frozenset()
