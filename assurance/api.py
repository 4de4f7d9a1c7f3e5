"""The doors of the judge: decisions for channels (AuthZEN Authorization API 1.0), and what became of them."""

import re
from typing import Any, cast

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assurance import conf
from assurance.rules import read_question, read_questions
from assurance.schemas import BATCH, EVALUATION, AnswerShape, BatchAnswerShape
from assurance.services import evaluate, evaluate_all
from assurance.types import Decision, Outcome, Unreadable
from kit.http import call_from
from kit.json_bodies import StrictJson
from kit.permissions import ChannelClient


class _AccessView(APIView):
    """What both doors of the standard have in common."""

    permission_classes = (IsAuthenticated, ChannelClient)
    parser_classes = (StrictJson,)
    scope = "decisions"

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Echo the request's id as it came, on errors too (section 10.1 of the standard)."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        if _ECHOED.fullmatch(sent := request.headers.get("X-Request-ID", "")):
            answer["X-Request-ID"] = sent
        return answer


class EvaluationView(_AccessView):
    """POST: may this be done in this session? Asked by a channel's client before it acts.

    Whatever the answer, it is a 200; `decision` says whether to act, `context.outcome` what to do instead. Unknown
    actions, channels, purposes, and sessions in which the client takes no part are answered `refuse`.
    """

    @extend_schema(
        operation_id="evaluate",
        summary="Ask for a decision",
        tags=["access"],
        request=EVALUATION,
        responses=AnswerShape,
    )
    def post(self, request: Request) -> Response:
        """Decide one question."""
        call = call_from(request._request)
        decision = evaluate(question=read_question(_body(request), channel=call.channel or ""), call=call)
        return Response(present(decision), headers=_NO_STORE)


class EvaluationsView(_AccessView):
    """POST: several questions at once, with what they have in common said once.

    `options.evaluations_semantic` says how far to go: `execute_all` (default), `deny_on_first_deny`,
    `permit_on_first_permit`. A question that is not whole is answered `false` in its place, with `context.error`.
    Without `evaluations` this is the same as asking one question.
    """

    @extend_schema(
        operation_id="evaluate_all",
        summary="Ask for several decisions",
        tags=["access"],
        request=BATCH,
        responses=BatchAnswerShape,
    )
    def post(self, request: Request) -> Response:
        """Decide every question."""
        call = call_from(request._request)
        channel = call.channel or ""
        questions, semantics = read_questions(_body(request), channel=channel)
        if not questions:
            decision = evaluate(question=read_question(_body(request), channel=channel), call=call)
            return Response(present(decision), headers=_NO_STORE)
        answers = evaluate_all(questions=questions, semantics=semantics, call=call)
        return Response({"evaluations": [present(answer) for answer in answers]}, headers=_NO_STORE)


@require_GET
def metadata(request: HttpRequest) -> JsonResponse:
    """Where decisions are asked for."""
    return JsonResponse(conf.metadata(), headers={"Cache-Control": "public, max-age=300"})


_ECHOED = re.compile(r"[\x20-\x7e]{1,200}")
_NO_STORE = {"Cache-Control": "no-store"}


def _body(request: Request) -> dict[str, Any]:
    return cast(dict[str, Any], request.data)


def present(answer: Decision | Unreadable) -> dict[str, Any]:
    """An answer as it goes over the wire; no number where nobody was judged."""
    if isinstance(answer, Unreadable):
        return {"decision": False, "context": {"error": {"status": 400, "message": answer.message}}}
    judgement = answer.judgement
    context: dict[str, Any] = {
        "outcome": judgement.outcome.value,
        "decision_id": answer.id,
        "reasons": [{"code": each.code, "message": each.message} for each in judgement.objections],
    }
    if answer.is_judged:
        context["confidence"] = round(judgement.confidence.reported, 4)
    if judgement.outcome is Outcome.STEP_UP:
        context["acr_values"] = judgement.acr_values
        if judgement.max_age is not None:
            context["max_age"] = judgement.max_age
    return {"decision": judgement.outcome is Outcome.PERMIT, "context": context}
