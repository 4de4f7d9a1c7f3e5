"""The doors of the judge: decisions for channels (AuthZEN Authorization API 1.0), and what became of them."""

import re
from dataclasses import asdict
from typing import Any, cast

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import ProofWrong
from assurance import conf
from assurance.flows import step_up
from assurance.queries import Explanation, get_explanation
from assurance.rules import read_question, read_questions
from assurance.schemas import (
    BATCH,
    EVALUATION,
    AnswerShape,
    BatchAnswerShape,
    ExplanationShape,
    OutcomeRequest,
    PasskeyOptionsShape,
    ProofShape,
    StepUpRequestShape,
    StepUpShape,
)
from assurance.services import evaluate, evaluate_all, label_decision
from assurance.types import (
    Decision,
    Facts,
    Judgement,
    Label,
    Line,
    Outcome,
    ProofRefused,
    StepUpState,
    Unreadable,
    Wanted,
)
from channel_registry.types import ActionRule
from kit.call import CallContext, Caller
from kit.http import call_from, problem
from kit.json_bodies import StrictJson
from kit.permissions import ChannelClient
from kit.refusal import NotAllowed


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


class ExplanationView(APIView):
    """GET: why a decision was made, for the client that asked or the resource server that it asked for.

    Every line of evidence in bits, the policy it was held against, and what would have changed the outcome. 404 for
    another's decision.
    """

    permission_classes = (IsAuthenticated, ChannelClient)
    scope = "explain"

    @extend_schema(operation_id="explain", summary="Read why a decision was made", responses=ExplanationShape)
    def get(self, request: Request, decision_id: str) -> Response:
        """Explain it."""
        call = call_from(request._request)
        explanation = get_explanation(decision_id=decision_id, reader=call.caller)
        return Response(present_explanation(explanation), headers=_NO_STORE)


class OutcomeView(APIView):
    """POST: what came of a decision, told by the client that asked, once for each kind.

    404 for another's decision, 409 `label_conflict` for what was told before.
    """

    permission_classes = (IsAuthenticated, ChannelClient)
    scope = "decisions"

    @extend_schema(
        operation_id="report_outcome",
        summary="Tell what came of a decision",
        request=OutcomeRequest,
        responses={204: None},
    )
    def post(self, request: Request, decision_id: str) -> Response:
        """Note it."""
        form = OutcomeRequest(data=request.data)
        form.is_valid(raise_exception=True)
        label = Label(form.validated_data["outcome"])
        label_decision(decision_id=decision_id, label=label, call=call_from(request._request))
        return Response(status=204)


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
    if judgement.degraded:
        context["degraded_by"] = list(judgement.degraded)
    return {"decision": judgement.outcome is Outcome.PERMIT, "context": context}


def present_explanation(explanation: Explanation) -> dict[str, Any]:
    """An explanation as it goes over the wire."""
    decision, judgement = explanation.decision, explanation.judgement
    facts, stored = decision.facts, decision.judgement
    lines = judgement.confidence.lines if facts.is_judged else ()
    return {
        "decision_id": decision.id,
        "decided_at": decision.decided_at.isoformat(),
        "decision": stored["outcome"] == Outcome.PERMIT.value,
        "outcome": stored["outcome"],
        "subject": decision.subject,
        "sid": decision.sid,
        "channel": decision.channel,
        "client_id": decision.client_id,
        "journey": decision.journey,
        "action": facts.action,
        "resource_type": facts.resource_type,
        "attributes": dict(facts.attributes),
        "acr": facts.session.acr if facts.session else None,
        "acr_values": stored["acr_values"],
        "max_age": stored["max_age"],
        "confidence": _present_number(facts, judgement) if facts.is_judged else None,
        "evidence": [_present_line(line) for line in lines if not line.evidence.missing],
        "missing": [line.evidence.label for line in lines if line.evidence.missing],
        "required": _present_rule(facts.rule) if facts.rule else None,
        "consent": {**asdict(facts.consent), "state": facts.consent.state.value},
        "reasons": [
            {"code": each.code, "message": each.message, "outcome": each.outcome.value} for each in judgement.objections
        ],
        "would_change": list(judgement.would_change),
        "versions": decision.versions,
        "degraded_by": list(explanation.degraded_by),
        "poisoned_by": list(explanation.poisoned_by),
        "replay": {
            "same": explanation.is_same,
            "outcome": judgement.outcome.value,
            "confidence": judgement.confidence.reported,
        },
        "words": list(explanation.words),
    }


def _present_number(facts: Facts, judgement: Judgement) -> dict[str, Any]:
    found, session = judgement.confidence, facts.session
    return {
        "prior_bits": found.prior_bits,
        "at_proof": found.at_proof,
        "device_class": session.device_class.value if session else "",
        "base": facts.ageing.base,
        "per_seconds": facts.ageing.per_seconds,
        "proved": session.proved_seconds if session else None,
        "aged": found.aged,
        "session": found.session,
        "p_match": found.p_match,
        "reported": found.reported,
        "reachable": judgement.reachable,
    }


def _present_line(line: Line) -> dict[str, Any]:
    evidence = line.evidence
    return {
        "signal": evidence.signal,
        "group": evidence.group.value,
        "label": evidence.label,
        "source": evidence.source,
        "value_class": evidence.value_class,
        "age": evidence.age_seconds,
        "health": evidence.health.value,
        "fresh_bits": evidence.bits,
        "bits": line.bits,
        "counted": line.counted,
        "left_out": line.left_out,
        "standing": evidence.standing,
        "model": evidence.model,
    }


def _present_rule(rule: ActionRule) -> dict[str, Any]:
    return {
        "action_class": rule.action_class,
        "threshold": rule.threshold,
        "acr": rule.acr,
        "max_age": rule.max_age,
        "purpose": rule.purpose,
        "match": rule.match.value,
        "live_only": rule.live_only,
        "feed_max_age": rule.feed_max_age,
        "high_risk": rule.high_risk,
    }


# --- Step-up: the customer's own access token, in an app of the house ------------------------------------------------


class StepUpListView(APIView):
    """POST: begin to raise the session of the customer's own access token, in an app of the house.

    Say what is wanted as an API's challenge did (`acr_values`, `max_age`; RFC 9470), or name the decision. The answer
    lists the methods to go on with; `status` is `done` at once where the session proves enough. 403
    `unmet_authentication_requirements` where nothing that she can prove leads there.
    """

    @extend_schema(
        operation_id="begin_step_up",
        summary="Ask the customer for more proof",
        request=StepUpRequestShape,
        responses={201: StepUpShape},
    )
    def post(self, request: Request) -> Response:
        """Begin."""
        call, asked = _call(request), _read(StepUpRequestShape, request)
        wanted = Wanted(
            acr_values=tuple(asked.get("acr_values", "").split()),
            max_age=asked.get("max_age"),
            decision_id=asked.get("decision_id", ""),
        )
        return _answer(step_up.begin_step_up(wanted=wanted, call=call), status=201)


class StepUpView(APIView):
    """GET: where a step-up is. Another customer's, another session's or another app's is 404."""

    @extend_schema(operation_id="get_step_up", summary="Where a step-up is", responses=StepUpShape)
    def get(self, request: Request, id: str) -> Response:
        """Look."""
        return _answer(step_up.look_at_step_up(id=id, call=_call(request)))


class StepUpCodeView(APIView):
    """POST: mail her a code, where `methods` has `email_code`; it takes the place of the one before. Three at most."""

    @extend_schema(operation_id="send_step_up_code", summary="Mail a code", request=None, responses={202: StepUpShape})
    def post(self, request: Request, id: str) -> Response:
        """Send."""
        return _answer(step_up.send_code(id=id, call=_call(request)), status=202)


class StepUpPasskeyView(APIView):
    """POST: request options for her passkeys (WebAuthn), where `methods` has `passkey`; good for one answer."""

    @extend_schema(
        operation_id="ask_step_up_passkey",
        summary="Options for a passkey",
        request=None,
        responses=PasskeyOptionsShape,
    )
    def post(self, request: Request, id: str) -> Response:
        """Ask."""
        return Response(step_up.challenge_passkey(id=id, call=_call(request)), headers=_NO_STORE)


class StepUpProofView(APIView):
    """POST: one proof. The session is raised at once; refresh the access token to carry it.

    403 `proof_wrong` for whatever was not right, with `over` true when the step-up has ended with it (the fifth); 429
    `too_many_tries` when the budget that all doors share is used up; 409 `step_up_over`.
    """

    @extend_schema(
        operation_id="give_step_up_proof",
        summary="Give one proof",
        request=ProofShape,
        responses=StepUpShape,
    )
    def post(self, request: Request, id: str) -> Any:
        """Take the proof."""
        call, given = _call(request), _read(ProofShape, request)
        answer = step_up.give_proof(
            id=id,
            method=given["method"],
            secret=given.get("value", ""),
            credential=given.get("credential"),
            call=call,
        )
        if isinstance(answer, ProofRefused):
            return problem(ProofWrong(), over=answer.is_over)
        return _answer(answer)


def _call(request: Request) -> CallContext:
    caller: object = request.auth
    if not isinstance(caller, Caller) or caller.subject is None:
        raise NotAllowed("This needs a customer's own access token.")
    return call_from(request._request)


def _read(shape: type[serializers.Serializer[object]], request: Request) -> dict[str, Any]:
    form = shape(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _answer(state: StepUpState, *, status: int = 200) -> Response:
    body = {
        "id": state.id,
        "status": state.status.value,
        "acr_values": " ".join(state.wanted.acr_values),
        "max_age": state.wanted.max_age,
        "decision_id": state.wanted.decision_id,
        "methods": list(state.methods),
        "expires_at": state.expires_at.isoformat(),
        "acr": state.acr,
        "amr": list(state.amr),
        "auth_time": int(state.auth_time.timestamp()) if state.auth_time else None,
    }
    return Response(body, status=status, headers=_NO_STORE)
