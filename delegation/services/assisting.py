"""Staff act for a customer: begun with a reason, held while a token is issued."""

from accounts.queries import find_account
from accounts.services import hold_account
from accounts.types import Kind
from audit import journal
from delegation import rules
from delegation.errors import DelegationEnded, VerificationRequired
from delegation.events import DELEGATION_BEGUN
from delegation.models import Delegation
from delegation.queries import state_of
from delegation.services.endings import end_all
from delegation.services.staff import require_staff
from delegation.types import LONGEST_ASSISTANCE, STAFF_SCOPES, ActorType, DelegationState, EndReason
from kit.call import CallContext
from kit.ids import new_id
from kit.refusal import MalformedInput, NotFound
from kit.unit_of_work import deed
from sessions_hub.errors import SessionEnded
from sessions_hub.queries import find_live_session, find_verification, takes_part
from sessions_hub.services import note_participation, start_child_session
from sessions_hub.types import SessionState, SubjectType, Via


@deed
def begin_assistance(
    *, reason: str, client_id: str, channel: str, call: CallContext, subject: str = "", sid: str = "", note: str = ""
) -> DelegationState:
    """The calling staff member acts for a customer from now on, at one client and for an hour at most.

    `subject` names a customer whom this channel takes as verified, or `sid` a session of hers in which the client takes
    part: one handed over to it by ticket is proof enough. `reason` is one of `types.Reason`, `note` what else there is
    to say, which the customer is shown. An earlier delegation of the two is replaced. Raises NotFound for nobody who
    can be helped, VerificationRequired, MalformedInput, and what `require_staff` raises.
    """
    actor = require_staff(channel=channel, call=call)
    _refuse_words(reason, note)
    handed_over = _handed_over(sid, client_id, call) if sid else None
    subject = _customer(handed_over.subject if handed_over else subject)
    hold_account(sub=actor, call=call)
    require_staff(channel=channel, call=call)  # again, now that nobody takes the role away meanwhile
    hold_account(sub=subject, call=call)  # before any session of hers, as whoever stops her does

    parent = _parent(handed_over, subject, channel, client_id, call)
    end_all(Delegation.objects.filter(actor=actor, subject=subject), EndReason.REPLACED, call)
    session = _open_session(parent, channel, client_id, call)
    row = Delegation.objects.create(
        id=new_id("dlg_"),
        subject=subject,
        actor_type=ActorType.STAFF.value,
        actor=actor,
        client_id=client_id,
        channel=channel,
        sid=session.sid,
        actor_sid=call.caller.sid or "",
        reason=reason,
        scopes=" ".join(STAFF_SCOPES),
        begun_at=call.now,
        expires_at=session.expires_at,
    )
    _record_begun(row, parent, note, call)
    return state_of(row)


@deed
def hold_delegation(*, id: str, actor: str, client_id: str, call: CallContext) -> DelegationState:
    """A live delegation of this actor at this client, which stays live until the open deed commits.

    For whoever issues a token under it: call it before any other lock is taken. Sessions are locked here first and the
    delegation after, as when it ends. Every token says at most `scopes` and lives no longer than `expires_at`. Raises
    DelegationEnded for one that is over, unknown, or another actor's or client's.
    """
    row = Delegation.objects.filter(pk=id, actor=actor, client_id=client_id).first()
    if row is None:
        raise DelegationEnded
    if row.sid:
        try:
            note_participation(sid=row.sid, client_id=client_id, call=call)
        except SessionEnded as error:
            raise DelegationEnded from error
    held = Delegation.objects.live(call.now).select_for_update(no_key=True).filter(pk=row.pk).first()
    if held is None:
        raise DelegationEnded
    return state_of(held)


def _refuse_words(reason: str, note: str) -> None:
    if fault := rules.fault_in_reason(reason) or rules.fault_in_note(note):
        raise MalformedInput(fault)


def _handed_over(sid: str, client_id: str, call: CallContext) -> SessionState:
    """The live session of a customer in which this client takes part; anybody else's does not exist."""
    session = find_live_session(sid=sid, now=call.now)
    if session is None or session.subject_type is not SubjectType.ACCOUNT or session.via is Via.ASSISTANCE:
        raise NotFound
    if not takes_part(sid=sid, client_id=client_id):
        raise NotFound
    return session


def _customer(subject: str) -> str:
    """The subject, when it is an active customer's."""
    account = find_account(subject) if subject else None
    if account is None or not account.is_active or account.kind != Kind.CUSTOMER:
        raise NotFound
    return subject


def _parent(handed_over: SessionState | None, subject: str, channel: str, client_id: str, call: CallContext) -> str:
    """The session whose evidence the assisted one carries. Raises VerificationRequired."""
    if handed_over and rules.is_ticket_proof(handed_over, client_id=client_id):
        return handed_over.sid
    verification = find_verification(subject=subject, channel=channel, now=call.now)
    if verification is None:
        raise VerificationRequired
    return handed_over.sid if handed_over else verification.sid


def _open_session(parent: str, channel: str, client_id: str, call: CallContext) -> SessionState:
    try:
        return start_child_session(
            parent_sid=parent,
            channel=channel,
            via=Via.ASSISTANCE,
            client_id=client_id,
            until=call.now + LONGEST_ASSISTANCE,
            call=call,
        )
    except SessionEnded as error:
        raise VerificationRequired from error


def _record_begun(row: Delegation, parent: str, note: str, call: CallContext) -> None:
    journal.record(
        DELEGATION_BEGUN,
        call=call,
        subject=row.subject,
        session=row.sid,
        client=row.client_id,
        payload={**row.facts, "reason": row.reason, "expires_at": row.expires_at.isoformat(), "from": parent},
        personal={"note": note} if note else None,
    )
