"""The journey of a session to another channel or device, by a ticket that works once.

    offered -> redeemed       in time, by the client and on the device it was made for
    offered -> refused        on another device: it is worth nothing any more, and the customer hears of it
    redeemed, refused -> refused   used again: nobody comes in, and the customer hears of it
    offered -> expired        not redeemed in time
    offered -> ended          the session it carries ended first

Waiting is a Handoff row and a secret that nobody can read from it. Only redeeming makes anything new: a child of the
session, by `start_child_session`. Looking at a ticket, and coming with another client's, consume nothing.
"""

from datetime import datetime, timedelta

from accounts.services import notify_owner
from audit import journal
from channel_registry.queries import get_policy
from kit import throttle
from kit.call import CallContext
from kit.ids import digest, new_secret
from kit.prepared import Change, Question
from kit.refusal import NotFound
from kit.unit_of_work import deed
from kit.user_agents import name_system
from sessions_hub import conf, rules
from sessions_hub.errors import HandoffClosed, HandoffUnknown, NotHerOwn, SessionEnded, TooManyHandoffs
from sessions_hub.events import HANDOFF_OFFERED, HANDOFF_REFUSED
from sessions_hub.models import Handoff, Session
from sessions_hub.queries import find_live_session, get_carried, is_idle
from sessions_hub.services import start_child_session
from sessions_hub.types import (
    Carried,
    Collision,
    HandoffFault,
    HandoffRefused,
    Offer,
    OfferView,
    SessionState,
    SubjectType,
    Ticket,
    Via,
    Visit,
)

TRANSITIONS = {
    "offered": ("redeemed", "refused", "expired", "ended"),
    "redeemed": ("refused",),
    "refused": ("refused",),
    "expired": ("refused",),
    "ended": ("refused",),
}
LONGEST_SECONDS = 60
WAY_IN = "handoff"
MOST_NOTED = 20
"""Refusals of one ticket that are noted one by one; whoever goes on learns the same and leaves no more lines."""

_ALARMING = {HandoffFault.REPLAYED, HandoffFault.OTHER_DEVICE}
_ALARM = "account/email/handoff_refused"
_locked_ticket = Question(
    lambda ticket: (
        Handoff.objects.filter(digest=ticket)
        .select_related("session", "device")
        .select_for_update(of=("self",), no_key=True)
    )
)
_save_redemption = Change(Handoff, "redeemed_at", "child_sid")


@deed
def offer_handoff(
    *,
    sid: str,
    via: Via,
    channel: str,
    call: CallContext,
    client_id: str = "",
    device_id: str | None = None,
    network: str = "",
    seconds: int = LONGEST_SECONDS,
) -> Offer:
    """A ticket that carries a customer's session to `channel`, once, within `seconds` (60 at most).

    `client_id` alone may redeem it; empty for the gateway's own pages. `device_id` and `network`
    (`queries.label_network`) name the place where it must be redeemed: see `rules.is_right_place`. The channel's policy
    must open the way in `handoff`. Raises SessionEnded, NotHerOwn, HandoffClosed, ChannelUnavailable, TooManyHandoffs.
    """
    _refuse_closed(channel)
    session = _get_session(sid, call)
    offer = Offer(ticket=new_secret(), expires_at=call.now + timedelta(seconds=min(seconds, LONGEST_SECONDS)))
    Handoff.objects.create(
        digest=digest(offer.ticket),
        via=via.value,
        session=session,
        channel_id=channel,
        client_id=client_id,
        offered_by=call.caller.client_id or "",
        device_id=device_id,
        network=network,
        offered_at=call.now,
        expires_at=offer.expires_at,
    )
    journal.record(
        HANDOFF_OFFERED,
        call=call,
        subject=session.subject,
        session=session.sid,
        payload={"via": via.value, "channel": channel, "to": client_id},
    )
    return offer


def find_offer(*, ticket: str, now: datetime) -> OfferView | None:
    """What a ticket would carry where, for a page that names whose session it is; None for one we do not know.

    Consumes nothing, whoever looks.
    """
    row = Handoff.objects.filter(digest=digest(ticket)).select_related("session").first()
    if row is None:
        return None
    session = find_live_session(sid=row.session.sid, now=now)
    return _view(row, session, now)


@deed
def examine_handoff(
    *, ticket_digest: str, client_id: str, device_id: str | None, channel: str | None, call: CallContext
) -> OfferView | HandoffRefused:
    """What `redeem_handoff` would do for this visit: what the ticket carries, or why it lets nobody in.

    Consumes nothing, not even on another device; a refusal is noted as there. `ticket_digest` is `kit.ids.digest` of
    the ticket, for whoever keeps no more of it.
    """
    row = _locked_ticket.first(ticket_digest)
    if row is None:
        return HandoffRefused(HandoffFault.UNKNOWN)
    visit = _visit(client_id, channel, device_id, call)
    session = find_live_session(sid=row.session.sid, now=call.now)
    fault = rules.first_fault(_facts(row), visit, now=call.now)
    if fault or session is None:
        return _refuse(row, fault or HandoffFault.ENDED, visit, call, spend=False)
    return _view(row, session, call.now)


@deed
def withdraw_handoff(*, ticket_digest: str, call: CallContext) -> bool:
    """Make a ticket worthless without letting anybody in; False when it was worth nothing already."""
    row = _locked_ticket.first(ticket_digest)
    if row is None or row.redeemed_at is not None or call.now >= row.expires_at:
        return False
    row.redeemed_at = call.now
    _save_redemption(row)
    return True


def find_collision(*, existing: SessionState | None, incoming: SessionState) -> Collision:
    """What a session that is carried over meets in a browser where `existing` is the current one."""
    return rules.collision(existing, incoming)


@deed
def redeem_handoff(
    *,
    client_id: str,
    device_id: str | None,
    channel: str | None,
    call: CallContext,
    ticket: str = "",
    ticket_digest: str = "",
    fresh_device_id: str | None = None,
) -> SessionState | HandoffRefused:
    """A session on the ticket's channel, a child of the one it carries; or why not, noted and committed.

    `ticket_digest` stands for a `ticket` of which no more was kept. `client_id` is the client that proved itself, empty
    for the gateway's own pages; `channel` is its channel, None to
    go by the ticket. `device_id` is the device that came with its secret, None for one that did not; then the new
    session stands on `fresh_device_id`, or on a new device. OTHER_CLIENT is to be told as UNKNOWN and consumes
    nothing. Raises, without any change, HandoffClosed and ChannelUnavailable where the channel is shut by now.
    """
    row = _locked_ticket.first(ticket_digest or digest(ticket))
    if row is None:
        return HandoffRefused(HandoffFault.UNKNOWN)
    visit = _visit(client_id, channel, device_id, call)
    if fault := rules.first_fault(_facts(row), visit, now=call.now):
        return _refuse(row, fault, visit, call)
    _refuse_closed(row.channel_id)
    try:
        return _redeem(row, client_id, device_id or fresh_device_id, call)
    except SessionEnded:  # raised before anything is written
        return _refuse(row, HandoffFault.ENDED, visit, call)


@deed
def redeem_for_client(*, ticket: str, call: CallContext) -> Carried | HandoffRefused:
    """`redeem_handoff` by the client that calls, on its own channel and without a device of the customer's.

    Raises HandoffUnknown, without any change, for a session-transfer token: its person says yes on a page of ours.
    """
    answer = redeem_handoff(
        ticket=ticket, client_id=call.caller.client_id or "", device_id=None, channel=call.channel, call=call
    )
    if isinstance(answer, HandoffRefused):
        return answer
    if answer.via is not Via.HANDOFF:
        raise HandoffUnknown
    return get_carried(answer, now=call.now)


@deed
def offer_to(*, sid: str, client_id: str, call: CallContext) -> Offer:
    """`offer_handoff` by a client that takes part in the session: to another client, or to our own pages for "".

    Whoever is not of the house hands on to its own maker's clients only: what a customer allowed it is less than our
    pages, or a client of ours, let the bearer of a ticket do. Raises NotFound for a session that is not the caller's to
    offer or has ended, HandoffClosed for a target that is unknown, none of its maker's, or takes nobody over.
    """
    if not call.caller.takes_part(sid):
        raise NotFound
    channel = call.caller.channel_of(client_id) if client_id else conf.BROWSER_CHANNEL
    if channel is None or not (client_id or call.caller.of_the_house):
        raise HandoffClosed
    try:
        return offer_handoff(sid=sid, via=Via.HANDOFF, channel=channel, client_id=client_id, call=call)
    except SessionEnded as error:
        raise NotFound from error


def _redeem(row: Handoff, client_id: str, device_id: str | None, call: CallContext) -> SessionState:
    child = start_child_session(
        parent_sid=row.session.sid,
        channel=row.channel_id,
        via=Via(row.via),
        client_id=client_id,
        device_id=device_id,
        call=call,
    )
    row.redeemed_at, row.child_sid = call.now, child.sid
    _save_redemption(row)
    return child


def _view(row: Handoff, session: SessionState | None, now: datetime) -> OfferView:
    state = rules.offer_state(
        now=now,
        redeemed=row.redeemed_at is not None,
        expires_at=row.expires_at,
        session_is_live=session is not None,
    )
    return OfferView(
        subject=row.session.subject,
        channel=row.channel_id,
        client_id=row.client_id,
        via=Via(row.via),
        expires_at=row.expires_at,
        state=state,
        session=session,
    )


def _visit(client_id: str, channel: str | None, device_id: str | None, call: CallContext) -> Visit:
    return Visit(
        client_id=client_id,
        channel=channel,
        device_id=device_id,
        network=rules.label_address(call.address),
        system=name_system(call.user_agent),
    )


def _facts(row: Handoff) -> Ticket:
    return Ticket(
        client_id=row.client_id,
        channel=row.channel_id,
        redeemed=row.redeemed_at is not None,
        expires_at=row.expires_at,
        device_id=row.device_id,
        network=row.network,
        system=name_system(row.device.user_agent) if row.device else "",
    )


def _get_session(sid: str, call: CallContext) -> Session:
    """The customer's session to carry, so often in a minute; redeeming looks again, under its lock."""
    session = Session.objects.live(call.now).filter(sid=sid, subject_type=SubjectType.ACCOUNT.value).first()
    if session is None or is_idle(session, call.now):
        raise SessionEnded
    if session.via == Via.ASSISTANCE:
        raise NotHerOwn
    if wait := throttle.count("handoffs", sid, limit=conf.handoff_limit(), seconds=60, now=call.now.timestamp()):
        raise TooManyHandoffs(retry_after=wait)
    return session


def _refuse_closed(channel: str) -> None:
    if WAY_IN not in get_policy(channel).grants:
        raise HandoffClosed


def _refuse(
    row: Handoff, fault: HandoffFault, visit: Visit, call: CallContext, *, spend: bool = True
) -> HandoffRefused:
    """Note who came with the ticket and why they were not let in; the customer hears of it where it may be a thief."""
    is_first_alarm = fault in _ALARMING and row.alerted_at is None
    if row.refusals >= MOST_NOTED and not is_first_alarm:
        return HandoffRefused(fault)
    row.refusals += 1
    if fault is HandoffFault.OTHER_DEVICE and spend:
        row.redeemed_at = call.now
    if is_first_alarm:
        row.alerted_at = call.now
    row.save(update_fields=["refusals", "redeemed_at", "alerted_at"])
    subject = row.session.subject
    journal.record(
        HANDOFF_REFUSED,
        call=call,
        subject=subject,
        session=row.session.sid,
        client=visit.client_id,
        channel=row.channel_id,
        payload={"reason": fault.value, "via": row.via, "for": row.client_id, "device": visit.device_id or ""},
        personal={"address": call.address, "user_agent": call.user_agent},
    )
    if is_first_alarm:
        notify_owner(
            subject=subject, template=_ALARM, replayed=fault is HandoffFault.REPLAYED and bool(row.child_sid), call=call
        )
    return HandoffRefused(fault)
