"""The customer's answers from her own app: the twin of the portal's page for requests that wait for her."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit import clock
from kit.call import Caller
from kit.http import call_from, problem
from kit.refusal import NotAllowed
from oauth.errors import ApprovalGone, CannotApproveHere, StepUpNeeded, WrongNumber
from oauth.flows.backchannel import answer_customer
from oauth.queries import find_approval, get_answering_session, list_approvals
from oauth.schemas import AnswerShape, ApprovalShape, decision_of
from oauth.types import Approval, Outcome, Standing
from sessions_hub.types import SessionState


class ApprovalListView(APIView):
    """GET: every request that waits for the token's subject, the latest first.

    For access tokens of the house's own apps, from a session that is in the customer's own hands; others get 403.
    """

    @extend_schema(
        operation_id="list_approvals", summary="What waits for the customer's yes", responses=ApprovalShape(many=True)
    )
    def get(self, request: Request) -> Response:
        """List the requests."""
        session = _session(request)
        return Response([_present(each) for each in list_approvals(session=session, now=clock.now())])


class ApprovalView(APIView):
    """POST: the customer's answer. 204 when it was taken down.

    401 with `insufficient_user_authentication` (RFC 9470) when her session must prove more first, 422 `wrong_number`
    for a number that is not the one shown (the third makes it a no), 404 for what does not wait for her.
    """

    @extend_schema(
        operation_id="answer_approval",
        summary="Say yes, no, or that it was not her",
        request=AnswerShape,
        responses={204: OpenApiResponse(description="Taken down.")},
    )
    def post(self, request: Request, ref: str) -> HttpResponse:
        """Take the answer down."""
        session = _session(request)
        answer = AnswerShape(data=request.data)
        answer.is_valid(raise_exception=True)
        outcome = answer_customer(
            ref=ref,
            decision=decision_of(answer.validated_data["decision"]),
            number=answer.validated_data["number"],
            session=session,
            through=_caller(request).client_id or "",
            call=call_from(request._request, channel=session.channel),
        )
        if outcome is None:
            raise ApprovalGone
        if outcome in (Outcome.STEP_UP, Outcome.STALE):
            return _challenge(find_approval(ref=ref, session=session, now=clock.now()))
        if outcome in (Outcome.OUT_OF_REACH, Outcome.NOT_HERE):
            raise CannotApproveHere
        if outcome in (Outcome.WRONG_NUMBER, Outcome.WRONG_TOO_OFTEN):
            return problem(WrongNumber(), over=outcome is Outcome.WRONG_TOO_OFTEN)
        return Response(status=204)


def _caller(request: Request) -> Caller:
    caller: object = request.auth
    if not isinstance(caller, Caller) or caller.subject is None:
        raise NotAllowed("This needs a customer's own access token.")
    return caller


def _session(request: Request) -> SessionState:
    caller = _caller(request)
    return get_answering_session(sid=caller.sid or "", client_id=caller.client_id or "", now=clock.now())


def _challenge(approval: Approval | None) -> HttpResponse:
    """What must be proved before this answer is taken (RFC 9470 section 3)."""
    levels = " ".join(approval.accepted_acr) if approval else ""
    wanted: dict[str, Any] = {"acr_values": levels}
    if approval and approval.standing is Standing.STALE:
        wanted["max_age"] = approval.max_age
    response = problem(StepUpNeeded(), **wanted)
    named = "".join(f', {name}="{value}"' for name, value in wanted.items())
    response["WWW-Authenticate"] = f'Bearer realm="throughline", error="insufficient_user_authentication"{named}'
    return response


def _present(approval: Approval) -> dict[str, Any]:
    return {
        "id": approval.ref,
        "client": approval.client_name,
        "channel": approval.channel,
        "binding_message": approval.message,
        "scopes": list(approval.scopes),
        "asked_at": approval.asked_at.isoformat(),
        "expires_at": approval.ends_at.isoformat(),
        "place": approval.place,
        "acr_values": " ".join(approval.accepted_acr),
        "step_up": approval.standing in (Standing.STEP_UP, Standing.STALE),
    }
