"""Several accounts in one browser: one is at it, the others are parked.

All stand in the one browser session, under the one rotating cookie. Whenever another account takes the place, the
browser session is emptied and begun anew: what one person was in the middle of is nobody else's, and the old cookie is
worth nothing. The list of the parked is carried over by this file alone, and only those are carried that still live,
began on this very device, and are no older than their password: a browser session that somebody planted or copied
brings no accounts along.
"""

from collections.abc import Collection

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare

from kit import clock
from kit.call import CallContext
from kit.http import call_from
from kit.ids import digest
from sessions_hub import queries, rules, services
from sessions_hub.browser.requests import (
    CHANNEL,
    PARKED_KEY,
    SID_KEY,
    BrowserRequest,
    caller_of,
    device_secret_of,
    recognize_device,
    stranger,
)
from sessions_hub.errors import SessionEnded
from sessions_hub.flows.handoff import (
    examine_handoff,
    find_collision,
    find_offer,
    redeem_handoff,
    withdraw_handoff,
)
from sessions_hub.queries import BrowserSession
from sessions_hub.types import (
    AccountHere,
    Arrival,
    Collision,
    EndReason,
    HandoffRefused,
    OfferState,
    OfferView,
    SessionState,
    TicketHere,
    Via,
)


class BrowserHousehold:
    """The accounts of one browser, for one request; see `sessions_hub.types.Household`."""

    def __init__(self, request: BrowserRequest) -> None:
        self._request = request
        self._parked: dict[str, str] = {}
        self._seated: BrowserSession | None = None
        self._others: list[BrowserSession] | None = None

    # --- For rooms above ---

    def list_here(self) -> tuple[AccountHere, ...]:
        """Who is signed in here: the one at the browser first, then the others, each person once."""
        here = [AccountHere(self._seated.state, self._seated.account, current=True)] if self._seated else []
        here += [AccountHere(each.state, each.account) for each in self.others()]
        return tuple(rules.one_of_each(here))

    def list_sessions(self) -> tuple[SessionState, ...]:
        """Their sessions, the one at the browser first; with the clients taking part where there is a choice."""
        others = self.others()
        if self._seated is None:
            return tuple(each.state for each in others)
        first = self._seated.state
        if others:
            first = queries.with_clients(first)
        return (first, *(each.state for each in others))

    def park(self) -> None:
        """Let nobody be at this browser; who was stays signed in and can be chosen again."""
        kept = self._kept()
        self._begin_anew(kept)
        self._request.user = AnonymousUser()

    def switch_to(self, sid: str) -> SessionState:
        """Let another of the accounts here be at this browser; its session goes on as it was. Raises SessionEnded."""
        if self._seated and self._seated.state.sid == sid:
            return self._seated.state
        found = next((each for each in self.others() if each.state.sid == sid), None)
        if found is None:
            raise SessionEnded
        call = self._call()
        services.touch(sid=sid, call=call)
        services.end_device_session(device_id=found.state.device_id, channel=CHANNEL, call=call)
        return self._take_over(sid)

    def enter(self, state: SessionState) -> SessionState:
        """Let this browser stand for a session that was carried over to it. Raises SessionEnded."""
        services.end_device_session(device_id=state.device_id, channel=CHANNEL, call=self._call())
        return self._take_over(state.sid)

    def leave(self, subject: str, *, reason: str = EndReason.SIGNED_OUT) -> bool:
        """End what a person is signed in to in this browser; False when she was not. The others stay."""
        mine = [each for each in self._all() if each.state.subject == subject]
        was_seated = self._seated is not None and self._seated.state.subject == subject
        call = self._call()
        kept = self._kept()
        for each in mine:
            services.revoke_session(sid=each.state.sid, reason=reason, call=call)
            kept.pop(each.state.sid, None)
        if was_seated:
            self._begin_anew(kept)
            self._request.user = AnonymousUser()
        elif mine:
            self._keep(kept)
        return bool(mine)

    def leave_all(self) -> int:
        """End what anybody is signed in to in this browser; how many people that were."""
        subjects = {each.state.subject for each in self._all()}
        return sum(self.leave(subject) for subject in sorted(subjects))

    def look_at(self, ticket: str) -> TicketHere | None:
        """What redeeming a ticket on our own pages would do here; None where it would do nothing. Consumes nothing.

        A dead link has no button to press: whoever opens it, other than she who went on by it, is noted here.
        """
        offer = _find_ours(ticket)
        if offer is None:
            return None
        if offer.session is None or offer.state is not OfferState.OPEN:
            self._note(ticket, offer)
            return None
        found = queries.find_browser_session(sid=offer.session.sid, now=clock.now())
        if found is None:
            return None
        collision = self._collision(offer.session)
        other = self._current() if collision is Collision.ANOTHER else None
        return TicketHere(found.account, offer.session.user_agent, offer.expires_at, collision, other)

    def _note(self, ticket: str, offer: OfferView) -> None:
        current = self._current()
        if current is None or current.state.subject != offer.subject:
            device = queries.find_device(secret=device_secret_of(self._request))
            examine_handoff(
                ticket_digest=digest(ticket), client_id="", device_id=device, channel=None, call=self._call()
            )

    def redeem(self, ticket: str, *, ending: str = "") -> Arrival:
        """Redeem a ticket on our own pages. `ending` is the handle of who may be signed out for it."""
        offer, current = _find_ours(ticket), self._current()
        if offer is None:
            return Arrival.REFUSED
        is_open = offer.session is not None and offer.state is OfferState.OPEN
        if current and current.state.subject == offer.subject and not is_open:
            return Arrival.KEPT  # the button was pressed twice
        if is_open and (settled := self._settle(ticket, offer, current, ending)):
            return settled
        state = redeem_handoff(
            ticket=ticket,
            client_id="",
            device_id=queries.find_device(secret=device_secret_of(self._request)),
            channel=None,
            fresh_device_id=self.device_id() if is_open else None,
            call=self._call(),
        )
        if isinstance(state, HandoffRefused):
            return Arrival.REFUSED
        self.enter(state)
        return Arrival.IN

    def device_id(self) -> str:
        """The id of this browser's device, made known if it was not."""
        return recognize_device(self._request, self._call())

    # --- For this package and the middleware ---

    def read(self, browser: SessionBase, seated: BrowserSession | None) -> None:
        """Take from the browser session what stands in it."""
        stored = browser.get(PARKED_KEY)
        self._parked = {str(sid): str(known) for sid, known in stored.items()} if isinstance(stored, dict) else {}
        self._seated, self._others = seated, None

    def keep(self) -> None:
        """Put the list back where a library emptied the browser session: it knows of one account only."""
        if self._parked and self._request.session.get(PARKED_KEY) != self._parked:
            self._request.session[PARKED_KEY] = self._parked

    def others(self) -> list[BrowserSession]:
        """The parked ones that count; asked for once, and not at all where there are none."""
        if self._others is None:
            found = queries.list_browser_sessions(
                sids=list(self._parked), device_secret=device_secret_of(self._request), now=clock.now()
            )
            self._others = [each for each in found if _is_no_older_than_password(each, self._parked[each.state.sid])]
        return self._others

    def session_of(self, subject: str) -> SessionState | None:
        """The session a person has in this browser already, her current one before a parked one."""
        return next((each.state for each in self._all() if each.state.subject == subject), None)

    def seat(self, seated: BrowserSession) -> None:
        """Give a person the place, under a new cookie; who had it is parked. Her account is in `request.user`."""
        kept = self._kept(without={seated.state.sid})
        hub = self._request
        hub.session[SID_KEY] = seated.state.sid
        hub.session.cycle_key()
        self._seated, self._others = seated, None
        self._keep(kept)
        roles = hub.caller.roles if hub.caller.subject == seated.state.subject else seated.roles
        hub.hub_session, hub.caller = seated.state, caller_of(hub, seated.state, roles=roles)

    def vacate(self) -> list[str]:
        """Take whoever is at the browser off the list, all her sessions; their sids. The caller ends them."""
        if self._seated is None:
            return []
        subject = self._seated.state.subject
        sids = [each.state.sid for each in self._all() if each.state.subject == subject]
        kept = self._kept(without=sids)
        self._seated, self._others = None, None
        self._keep(kept)
        hub = self._request
        hub.session.pop(SID_KEY, None)
        hub.hub_session, hub.caller = None, stranger(hub)
        return sids

    # --- Inside ---

    def _settle(self, ticket: str, offer: OfferView, current: AccountHere | None, ending: str) -> Arrival | None:
        """What is decided without letting anybody in by the ticket; it is worth nothing afterwards, or untouched."""
        assert offer.session is not None  # an open one has one
        collision = self._collision(offer.session)
        if collision is Collision.KEEP:
            withdraw_handoff(ticket_digest=digest(ticket), call=self._call())
            return Arrival.KEPT
        if collision is not Collision.ANOTHER or current is None:
            return None
        if ending != current.handle:
            return Arrival.ASK
        withdraw_handoff(ticket_digest=digest(ticket), call=self._call())
        self.leave(current.state.subject, reason=EndReason.REPLACED)
        return Arrival.SIGN_IN

    def _collision(self, incoming: SessionState) -> Collision:
        return find_collision(existing=self._seated.state if self._seated else None, incoming=incoming)

    def _current(self) -> AccountHere | None:
        return next((each for each in self.list_here() if each.current), None)

    def _take_over(self, sid: str) -> SessionState:
        found = queries.find_browser_session(sid=sid, now=clock.now())
        if found is None:
            raise SessionEnded
        kept = self._kept(without={sid})
        self._begin_anew(kept)
        hub = self._request
        hub.session[SESSION_KEY] = str(found.account.pk)
        hub.session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        hub.session[HASH_SESSION_KEY] = found.account.get_session_auth_hash()
        hub.user = found.account
        self.seat(found)
        return found.state

    def _begin_anew(self, kept: dict[str, str]) -> None:
        hub = self._request
        hub.session.flush()
        rotate_token(hub)  # a form that the one person left open is not sent as the other
        self._seated, self._others = None, None
        hub.hub_session, hub.caller = None, stranger(hub)
        self._keep(kept)

    def _keep(self, kept: dict[str, str]) -> None:
        self._parked = kept
        if kept or PARKED_KEY in self._request.session:
            self._request.session[PARKED_KEY] = kept

    def _kept(self, *, without: Collection[str] = ()) -> dict[str, str]:
        """The list as it is when nobody is at the browser; who is too many is signed out."""
        kept = {each.state.sid: each.account.get_session_auth_hash() for each in self._all()}
        kept = {sid: known for sid, known in kept.items() if sid not in without}
        for sid in list(kept)[rules.MOST_PARKED :]:
            services.revoke_session(sid=sid, reason=EndReason.REPLACED, call=self._call())
            kept.pop(sid)
        return kept

    def _all(self) -> list[BrowserSession]:
        return [*([self._seated] if self._seated else []), *self.others()]

    def _call(self) -> CallContext:
        return call_from(self._request, channel=CHANNEL)


def _find_ours(ticket: str) -> OfferView | None:
    """The offer behind a ticket for our own pages; what was made for a client is unknown here."""
    offer = find_offer(ticket=ticket, now=clock.now())
    return offer if offer and offer.via is Via.HANDOFF and not offer.client_id else None


def _is_no_older_than_password(found: BrowserSession, known: str) -> bool:
    current = (found.account.get_session_auth_hash(), *found.account.get_session_auth_fallback_hash())
    return any(constant_time_compare(known, each) for each in current)
