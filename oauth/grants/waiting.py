"""What the two grants have in common whose tokens are fetched after a person said yes on another device."""

from dataclasses import replace
from functools import partial

from accounts.services import notify_owner
from audit import journal
from channel_registry.queries import get_policy
from channel_registry.types import meets
from kit.call import CallContext
from oauth import events, rules
from oauth.errors import InvalidGrant
from oauth.models import Allowance, Client, Waiting
from oauth.tokens import audience_for, issue_without_code
from oauth.types import Issued, Poll, Refused, TokenRequest
from sessions_hub.errors import SessionEnded
from sessions_hub.queries import find_live_session
from sessions_hub.services import revoke_session, start_child_session
from sessions_hub.types import SessionState, Via

_ALARM = "account/email/approval_reused"
_REFUSALS = {
    Poll.PENDING: Refused("authorization_pending", "Nobody has answered yet."),
    Poll.SLOW_DOWN: Refused("slow_down", "You ask too often. Wait five seconds longer than before."),
    Poll.EXPIRED: Refused("expired_token", "Nobody answered in time, or the tokens were fetched too late. Ask anew."),
    Poll.DENIED: Refused("access_denied", "The customer said no."),
    Poll.REDEEMED_JUST_NOW: Refused("invalid_grant", "The tokens have been fetched already."),
    Poll.REPLAYED: Refused("invalid_grant", "The tokens had been fetched already. The session has been ended."),
}


def redeem_waiting(
    *, row: Waiting | None, via: Via, request: TokenRequest, client: Client, call: CallContext
) -> Issued | Refused:
    """Tokens for a locked row that was approved, exactly once, in a child of the session that approved it.

    Everything else is refused with change: the poll is noted, one that came too soon makes the next wait longer, a
    replay ends what came of the first use. Raises InvalidGrant for a row of another client, and where what the approval
    rested on is gone.
    """
    if row is None:
        raise InvalidGrant
    poll = rules.answer_to_poll(row.facts, now=call.now)
    if poll is not Poll.APPROVED:
        _note_poll(row, poll, client, call)
        return _REFUSALS[poll]
    if client.cut_off_at is not None and row.asked_at <= client.cut_off_at:
        raise InvalidGrant
    session = _carry_over(row, via, client, call)
    scopes = row.scopes_for(client)
    _check_allowance(session, client, scopes)
    row.redeemed_at, row.child_sid = call.now, session.sid
    row.save(update_fields=["redeemed_at", "child_sid"])
    narrowed = audience_for(client, request.resource, granted=tuple(row.resource))
    return issue_without_code(
        client=client, session=session, request=replace(request, resource=narrowed), scopes=scopes, call=call
    )


def _note_poll(row: Waiting, poll: Poll, client: Client, call: CallContext) -> None:
    if poll is Poll.REPLAYED:
        _end_what_came_of_it(row, client, call)
        return
    row.polled_at = call.now
    if poll is Poll.SLOW_DOWN:
        row.interval = rules.slower(row.interval)
    row.save(update_fields=["polled_at", "interval"])


def _end_what_came_of_it(row: Waiting, client: Client, call: CallContext) -> None:
    if not revoke_session(sid=row.child_sid, reason="approval_reused", call=call):
        return  # it has ended, and she has been told of that
    journal.record(
        events.APPROVAL_REUSED,
        call=call,
        subject=row.subject,
        session=row.child_sid,
        payload={"request": row.ref},
    )
    notify_owner(subject=row.subject, template=_ALARM, client=client.name, call=call)


def _carry_over(row: Waiting, via: Via, client: Client, call: CallContext) -> SessionState:
    """A child of the approver's session on the client's channel, if that still proves what was asked for."""
    parent = find_live_session(sid=row.approver_sid, now=call.now)
    if parent is None:
        raise InvalidGrant
    start = partial(start_child_session, parent_sid=parent.sid, channel=client.channel_id)
    try:
        session = start(via=via, client_id=client.client_id, call=call)
    except SessionEnded as error:
        raise InvalidGrant from error
    accepted = rules.accepted_acr(row.acr_values.split(), get_policy(client.channel_id).minimum_acr)
    if session.subject != row.subject or not any(meets(session.level.acr, acr) for acr in accepted):
        raise InvalidGrant
    return session


def _check_allowance(session: SessionState, client: Client, scopes: tuple[str, ...]) -> None:
    """What she allowed by saying yes must still be allowed; until the commit she cannot withdraw it (see Allowance)."""
    if client.skip_authorization:
        return
    remembered = Allowance.objects.filter(account=session.account_id, client=client)
    allowance = remembered.select_for_update(no_key=True).first()
    if allowance is None or not rules.covers(allowance.scope_list, scopes):
        raise InvalidGrant
