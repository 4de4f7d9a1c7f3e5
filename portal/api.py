"""The customer's own sessions on all channels, for her own access token: see them, end them."""

from typing import Any, cast

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit import clock
from kit.call import Caller
from kit.http import call_from
from kit.refusal import MalformedInput, NotAllowed, NotFound
from kit.user_agents import name_device
from portal.schemas import EndedShape, SessionShape
from sessions_hub.queries import list_live_sessions
from sessions_hub.types import EndReason, SessionState
from sync.flows.endings import end_session, end_sessions
from sync.types import Ended

SCOPE = "sessions"
"""An app of others that is registered for it sees a whole person's sessions; the house's own apps always do."""


class SessionListView(APIView):
    """Every live session of the token's subject: listed, or ended at once.

    An app that is not the house's sees and ends only the sessions in which it takes part, unless an operator registered
    it for the scope `sessions`: where else a customer is signed in is not for every site that knows her name.

    Every key always stands; what is not known is empty, never guessed: `place` without a source for it, `client`
    before any client took part (else the latest one's id), `device` for a browser nobody recognizes. `auth_time` is in
    Unix seconds as in tokens, or null when nothing proved counts any more. 403 for a client's token without a customer.
    Staff who act for her may look and not end.
    """

    open_to_actors = ("GET",)

    @extend_schema(
        operation_id="list_sessions", summary="Where the customer is signed in", responses=SessionShape(many=True)
    )
    def get(self, request: Request) -> Response:
        """List the sessions, the one seen last first."""
        subject, current = _customer(request)
        sessions = _within_reach(request, subject)
        return Response([_present(session, current=session.sid == current) for session in sessions])

    @extend_schema(
        operation_id="end_sessions",
        summary="Sign the customer out everywhere",
        parameters=[OpenApiParameter("others", bool, description="`true` spares the session of the token that asks.")],
        responses={202: EndedShape},
    )
    def delete(self, request: Request) -> Response:
        """End every session, or every other one. Waits about a second for the apps; ending them does not."""
        subject, current = _customer(request)
        spared = current if _wants_others(request._request.GET) else None
        call = call_from(request._request)
        among = None if _reaches_all(request) else [each.sid for each in _within_reach(request, subject)]
        ended = end_sessions(
            subject=subject, reason=EndReason.ENDED_BY_CUSTOMER, except_sid=spared, among=among, call=call
        )
        return _answer(ended)


class SessionView(APIView):
    """One session of the token's subject. 404 for anybody else's, and for one that the app has nothing to do with."""

    @extend_schema(
        operation_id="end_session", summary="Sign the customer out in one place", responses={202: EndedShape}
    )
    def delete(self, request: Request, sid: str) -> Response:
        """End the session and what came out of it. Asked again, it tells how far the news has got by then."""
        subject, current = _customer(request)
        call = call_from(request._request)
        if not (_reaches_all(request) or sid == current or ("\x00" not in sid and call.caller.takes_part(sid))):
            raise NotFound
        return _answer(end_session(subject=subject, sid=sid, reason=EndReason.ENDED_BY_CUSTOMER, call=call))


def _customer(request: Request) -> tuple[str, str | None]:
    """Whose token asks, and its session. Raises NotAllowed for a client's own."""
    caller: object = request.auth
    if not isinstance(caller, Caller) or caller.subject is None:
        raise NotAllowed("This needs a customer's own access token.")
    return caller.subject, caller.sid


def _reaches_all(request: Request) -> bool:
    caller = cast(Caller, request.auth)
    return caller.of_the_house or SCOPE in caller.registered


def _within_reach(request: Request, subject: str) -> list[SessionState]:
    """The live sessions that the app of the token may know of."""
    caller = cast(Caller, request.auth)
    sessions = list_live_sessions(subject=subject, now=clock.now())
    if _reaches_all(request):
        return sessions
    return [each for each in sessions if each.sid == caller.sid or caller.client_id in each.clients]


def _wants_others(query: QueryDict) -> bool:
    asked = query.getlist("others") or ["false"]
    if len(asked) != 1 or asked[0] not in ("true", "false"):
        raise MalformedInput("`others` is either `true` or `false`.")
    return asked == ["true"]


def _answer(ended: Ended) -> Response:
    return Response({"notified": ended.progress.notified, "confirmed": ended.progress.confirmed}, status=202)


def _present(session: SessionState, *, current: bool) -> dict[str, Any]:
    auth_time = session.level.auth_time
    return {
        "sid": session.sid,
        "root": session.root,
        "channel": session.channel,
        "client": session.clients[0] if session.clients else "",
        "device": name_device(session.user_agent),
        "place": session.place,
        "acr": session.level.acr,
        "amr": list(session.level.amr),
        "auth_time": int(auth_time.timestamp()) if auth_time else None,
        "last_seen": max(session.last_seen_at, session.started_at).isoformat(),
        "current": current,
    }
