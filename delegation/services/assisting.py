"""Staff act for a customer: begun with a reason, held while a token is issued."""

from delegation.errors import DelegationEnded
from delegation.models import Delegation
from delegation.queries import state_of
from delegation.types import DelegationState
from kit.call import CallContext
from kit.unit_of_work import deed
from sessions_hub.errors import SessionEnded
from sessions_hub.services import note_participation


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
