"""The customer's own sessions, for their own access token."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit import clock
from kit.call import Caller
from kit.refusal import NotAllowed
from kit.user_agents import name_device
from sessions_hub import queries
from sessions_hub.schemas import SessionShape
from sessions_hub.types import SessionState


class SessionListView(APIView):
    """GET: every live session of the token's subject, the one seen last first.

    Every key always stands; what is not known is empty, never guessed: `place` until there is a source for it,
    `client` before any client took part (else the latest one's id), `device` for a browser nobody recognizes.
    `auth_time` is in Unix seconds as in tokens, or null when nothing proved counts any more. 403 for a client's token
    without a customer.
    """

    open_to_actors = ("GET",)

    @extend_schema(
        operation_id="list_sessions", summary="Where the customer is signed in", responses=SessionShape(many=True)
    )
    def get(self, request: Request) -> Response:
        """List the sessions."""
        caller: object = request.auth
        if not isinstance(caller, Caller) or caller.subject is None:
            raise NotAllowed("This needs a customer's own access token.")
        sessions = queries.list_live_sessions(subject=caller.subject, now=clock.now())
        return Response([_present(session, current=session.sid == caller.sid) for session in sessions])


def _present(session: SessionState, *, current: bool) -> dict[str, Any]:
    auth_time = session.level.auth_time
    return {
        "sid": session.sid,
        "root": session.root,
        "channel": session.channel,
        "client": session.clients[0] if session.clients else "",
        "device": name_device(session.user_agent),
        "place": "",
        "acr": session.level.acr,
        "amr": list(session.level.amr),
        "auth_time": int(auth_time.timestamp()) if auth_time else None,
        "last_seen": session.last_seen_at.isoformat(),
        "current": current,
    }
