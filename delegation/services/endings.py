"""How the right to act for somebody ends.

The assisted session is ended before the delegation's row is locked: whoever ends a session holds its lock when the
reaction comes here.
"""

from collections.abc import Sequence
from datetime import timedelta

from audit import journal
from consent.queries import get_catalog, list_links
from delegation import rules
from delegation.events import DELEGATION_REVOKED
from delegation.models import Delegation, DelegationQuerySet
from delegation.queries import state_of
from delegation.types import LONGEST_ASSISTANCE, EndReason, Refused
from kit.call import CallContext
from kit.refusal import NotFound
from kit.unit_of_work import current_unit_of_work, deed
from sessions_hub.services import revoke_sessions

_ACTING = "delegation.acting"


@deed
def revoke_delegation(*, id: str, reason: str, call: CallContext) -> bool:
    """End a delegation and its assisted session; False when it had ended already or never was."""
    return end_all(Delegation.objects.filter(pk=id), reason, call) > 0


@deed
def end_assistance(*, id: str, call: CallContext) -> None:
    """End a delegation for the customer or the actor who asks; ending it twice changes nothing.

    Raises NotFound for anybody else's, and for a caller who acts for the customer herself.
    """
    asks = call.caller.subject
    row = Delegation.objects.filter(pk=id).first()
    if row is None or not asks or asks not in (row.subject, row.actor) or call.caller.act:
        raise NotFound
    reason = EndReason.ENDED_BY_CUSTOMER if asks == row.subject else EndReason.ENDED_BY_STAFF
    end_all(Delegation.objects.filter(pk=id), reason, call)


@deed
def revoke_delegations_of_actor(*, actor: str, reason: str, call: CallContext) -> int:
    """End all that an actor does for others; answers how many ended."""
    return end_all(Delegation.objects.filter(actor=actor), reason, call)


@deed
def revoke_delegations_of_subject(*, subject: str, reason: str, call: CallContext) -> int:
    """End all that others do for a subject; answers how many ended."""
    return end_all(Delegation.objects.filter(subject=subject), reason, call)


@deed
def revoke_delegations_resting_on(
    *, party: str, purpose: str, channel: str, processor: str, reason: str, call: CallContext
) -> int:
    """End what others do because `party`, or whoever she is linked to, had permitted what she refuses now.

    A refusal reaches the purposes below its own; one of a channel or a processor by name reaches what is done there, or
    by that actor. What else she permitted stays. Answers how many ended.
    """
    resting = Delegation.objects.live(call.now).exclude(purpose="")
    linked = [link.other for link in list_links(party) if link.denies_travel]
    rows = list(resting.filter(subject__in=[party, *linked]))
    if not rows:
        return 0
    purposes = get_catalog().purposes
    refused = Refused(purpose, channel, processor)
    above = {id: each.ancestors for id, each in purposes.items()}
    hit = [row.pk for row in rows if rules.rests_on(state_of(row), refused, above.get(row.purpose, ()))]
    return end_all(Delegation.objects.filter(pk__in=hit), reason, call)


@deed
def close_delegation_of_session(*, sid: str, call: CallContext) -> None:
    """Note that a delegation is over because its assisted session was ended."""
    _note_end(Delegation.objects.filter(sid=sid), EndReason.SESSION_ENDED, call)


@deed
def close_delegations_of_actor_session(*, sid: str, call: CallContext) -> None:
    """Note that what somebody did for others from a session of her own is over, because that session was ended.

    The tokens die with the note; `end_abandoned_sessions` ends the assisted sessions, which are of no more use.
    """
    notes = current_unit_of_work().notes
    if _ACTING not in notes:  # asked once for each deed, which may end thousands of sessions
        acting = Delegation.objects.live(call.now).exclude(actor_sid="")
        notes[_ACTING] = frozenset(acting.values_list("actor_sid", flat=True))
    if sid and sid in notes[_ACTING]:
        _note_end(Delegation.objects.filter(actor_sid=sid), EndReason.ACTOR_SIGNED_OUT, call)


@deed
def end_abandoned_sessions(*, call: CallContext) -> int:
    """End the assisted sessions of staff who signed out while they helped; how many."""
    lately = call.now - LONGEST_ASSISTANCE
    left = Delegation.objects.filter(revoked_reason=EndReason.ACTOR_SIGNED_OUT.value, begun_at__gt=lately)
    return revoke_sessions(
        sids=list(left.values_list("sid", flat=True)), reason=EndReason.ACTOR_SIGNED_OUT.value, call=call
    )


@deed
def clear_old_delegations(*, older_than: timedelta, limit: int = 1000, call: CallContext) -> int:
    """Delete delegations that ended more than `older_than` ago, at most `limit`; how many. The journal keeps them."""
    old = Delegation.objects.ended_before(call.now - older_than).order_by("pk")
    ids = list(old.select_for_update(no_key=True).values_list("pk", flat=True)[:limit])
    Delegation.objects.filter(pk__in=ids).delete()
    return len(ids)


def end_all(rows: DelegationQuerySet, reason: str, call: CallContext) -> int:
    """End the live ones among `rows` with their sessions; part of an open deed. Answers how many ended."""
    found = list(rows.live(call.now).values_list("pk", "sid"))
    revoke_sessions(sids=[sid for _, sid in found if sid], reason=reason, call=call)
    return _note_end(Delegation.objects.filter(pk__in=[id for id, _ in found]), reason, call)


def _note_end(rows: DelegationQuerySet, reason: str, call: CallContext) -> int:
    locked: Sequence[Delegation] = list(rows.live(call.now).select_for_update(no_key=True).order_by("pk"))
    for row in locked:
        row.revoked_at, row.revoked_reason = call.now, str(reason)
        row.save(update_fields=["revoked_at", "revoked_reason"])
        journal.record(
            DELEGATION_REVOKED,
            call=call,
            subject=row.subject,
            session=row.sid,
            client=row.client_id,
            payload={**row.facts, "reason": str(reason)},
        )
    return len(locked)
