"""The doors of the register: choices in, questions answered, receipts out."""

from typing import Any, cast

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import conf, queries
from consent.errors import ConsentChanged, NoticeRetired
from consent.rules import read_items, read_statement, read_token
from consent.schemas import (
    CHECK,
    COMMIT,
    EVENT,
    ConsentCheckedShape,
    ConsentEffectiveShape,
    ConsentHistoryShape,
    ConsentReceiptShape,
    RecordedChoiceShape,
)
from consent.services import commit_check, receive_choice
from consent.types import LONGEST_NAME, LONGEST_PARTY, Answer, Change, Effective, NoticeRef, RecordedEvent
from kit.call import Caller
from kit.http import call_from, problem
from kit.json_bodies import StrictJson
from kit.permissions import HerselfOrChannelClient
from kit.refusal import MalformedInput, NotFound

_NO_STORE = {"Cache-Control": "no-store"}
_WHOSE = OpenApiParameter(
    "subject",
    {"type": "string", "maxLength": LONGEST_PARTY, "pattern": r"^[\x21-\x7e]+$"},
    description="The sub; a customer's own token needs none.",
)
_WHICH = OpenApiParameter(
    "purpose", {"type": "string", "maxLength": LONGEST_NAME, "pattern": r"^[\x21-\x7e]*$"}, description="Of it alone."
)
_LANGUAGE = OpenApiParameter(
    "language", {"type": "string", "pattern": "^[a-z]{2}$"}, description="Of titles and descriptions; en by default."
)


class _ConsentView(APIView):
    """A customer with her own token, or a client with one of its own that carries the scope of what it does."""

    permission_classes = (IsAuthenticated, HerselfOrChannelClient)
    parser_classes = (StrictJson,)
    scopes = {"GET": "consent.read", "POST": "consent.read"}  # noqa: RUF012  never changed


class EventsView(_ConsentView):
    """POST: what a customer chose. GET: what she ever chose, the newest first.

    Her own choice counts as proved where she is authenticated and surely she. A client names the session (`sid`) in
    which it was made and takes part in it; without one a grant counts as unproved, a refusal counts at once and she is
    told. The same `event_id` with the same choice is answered 200 again, with another one 409 `event_reused`. 409
    `notice_retired` names the `current` notice; 422 for what there is not, and for a time to come.
    """

    scopes = {"GET": "consent.read", "POST": "consent.write"}  # noqa: RUF012  never changed

    @extend_schema(
        operation_id="record_choice",
        summary="Record what a customer chose",
        tags=["consent"],
        request=EVENT,
        responses={200: RecordedChoiceShape, 201: RecordedChoiceShape},
    )
    def post(self, request: Request) -> HttpResponse | Response:
        """Record it."""
        said, call = read_statement(_body(request)), call_from(request._request)
        try:
            recorded = receive_choice(said=said, call=call)
        except NoticeRetired as refusal:
            return problem(refusal, current=_present_notice(refusal.current))
        (event,), (replayed,) = recorded.events, recorded.replayed
        effective = _present(queries.answer_after(said, call.now))
        body = {
            "id": event.id,
            "seq": event.seq,
            "effective": {"purpose": said.purpose, "channel": said.channel, **effective},
            "receipt": conf.receipt_url(event.id),
        }
        return Response(body, status=200 if replayed else 201, headers=_NO_STORE)

    @extend_schema(
        operation_id="list_choices",
        summary="What a customer ever chose",
        tags=["consent"],
        parameters=[_WHOSE, _WHICH],
        responses=ConsentHistoryShape,
    )
    def get(self, request: Request) -> Response:
        """List them."""
        party, purpose = _whose(request), _once(request, "purpose", longest=LONGEST_NAME)
        events = queries.read_history(party, purpose=purpose, reader=_reader(request))
        return Response({"subject": party, "events": [_present_event(each) for each in events]}, headers=_NO_STORE)


class EffectiveView(_ConsentView):
    """GET: what a customer permits now, purpose by purpose."""

    @extend_schema(
        operation_id="get_effective_consent",
        summary="What a customer permits now",
        tags=["consent"],
        parameters=[_WHOSE, _LANGUAGE],
        responses=ConsentEffectiveShape,
    )
    def get(self, request: Request) -> Response:
        """Look."""
        party, language = _whose(request), _once(request, "language", longest=16) or "en"
        call = call_from(request._request)
        rows = queries.read_effective(party, reader=call.caller, now=call.now)
        body = {
            "subject": party,
            "seq": max((row.seq for row in rows), default=0),
            "purposes": [_present_effective(row, language) for row in rows],
        }
        return Response(body, headers=_NO_STORE)


class CheckView(_ConsentView):
    """POST: may each of up to 100 things be done? `token` is what `commit` is asked with right before acting.

    An item without channel or data category asks for all of them, and one that is closed denies. What nobody knows
    (purpose, processor) is denied with its reason; a client asks for channels that it belongs to or serves.
    """

    @extend_schema(
        operation_id="check_consent",
        summary="Ask whether things may be done",
        tags=["consent"],
        request=CHECK,
        responses=ConsentCheckedShape,
    )
    def post(self, request: Request) -> Response:
        """Answer."""
        items, call = read_items(_body(request)), call_from(request._request)
        checked, token = queries.check_for(items, reader=call.caller, now=call.now)
        return Response({"results": [_present(each) for each in checked.answers], "token": token}, headers=_NO_STORE)


class CommitView(_ConsentView):
    """POST: is what a check permitted permitted still? Ask right before acting: 204, or 409 with what changed.

    409 `check_expired` after five minutes, 404 for another's token.
    """

    @extend_schema(
        operation_id="commit_consent_check",
        summary="Act on a check, if it still holds",
        tags=["consent"],
        request=COMMIT,
        responses={204: None},
    )
    def post(self, request: Request) -> HttpResponse | Response:
        """Look again, under the locks of everybody concerned."""
        token, call = read_token(_body(request)), call_from(request._request)
        try:
            commit_check(token=token, client=queries.asker_of(call.caller), call=call)
        except ConsentChanged as refusal:
            return problem(refusal, changes=[_present_change(each) for each in refusal.changes])
        return Response(status=204)


class ReceiptView(_ConsentView):
    """GET: the receipt of one choice. Another customer's is 404."""

    @extend_schema(
        operation_id="get_consent_receipt",
        summary="The receipt of a choice",
        tags=["consent"],
        parameters=[OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH)],
        responses=ConsentReceiptShape,
    )
    def get(self, request: Request, id: str) -> Response:
        """Render and sign it."""
        receipt = queries.render_receipt(queries.get_event(id, reader=_reader(request)))
        return Response({"id": receipt.id, "receipt": receipt.document, "jws": receipt.jws}, headers=_NO_STORE)


def _body(request: Request) -> dict[str, Any]:
    return cast(dict[str, Any], request.data)


def _reader(request: Request) -> Caller:
    return cast(Caller, request.auth)


def _whose(request: Request) -> str:
    """The party a question is about: a customer's own by default."""
    party = _once(request, "subject", longest=LONGEST_PARTY) or _reader(request).subject
    if not party:
        raise NotFound("A client's own token is nobody's: say whose in subject.")
    return party


def _once(request: Request, name: str, *, longest: int) -> str:
    values = request.query_params.getlist(name)
    if len(values) > 1 or any(len(value) > longest or not value.isprintable() for value in values):
        raise MalformedInput(f"{name}: once, and at most {longest} printable characters.")
    return values[0] if values else ""


def _present(answer: Answer) -> dict[str, Any]:
    return {
        "decision": answer.decision.value,
        "reason": answer.reason.value,
        "rule": answer.rule,
        "seq": answer.seq,
        "valid_until": answer.valid_until.isoformat() if answer.valid_until else None,
        "winner": answer.winner,
    }


def _present_change(change: Change) -> dict[str, Any]:
    item = change.item
    about = {"party": item.party, "purpose": item.purpose, "channel": item.channel, "processor": item.processor}
    return {**about, "data_category": item.category, "was": change.was.value, "now": _present(change.now)}


def _present_notice(notice: NoticeRef | None) -> dict[str, Any] | None:
    return {"id": notice.id, "version": notice.version, "language": notice.language} if notice else None


def _present_effective(row: Effective, language: str) -> dict[str, Any]:
    return {
        "purpose": row.purpose.id,
        "title": row.purpose.text("title", language),
        "description": row.purpose.text("description", language),
        "legal_basis": row.purpose.legal_basis.value,
        "regime": row.purpose.regime.value,
        **_present(row.answer),
        "seq": row.seq,
        "since": row.since.isoformat() if row.since else None,
        "notice": _present_notice(row.notice),
        "channel": row.channel,
        "processor": row.processor,
        "named": [
            {
                "channel": channel,
                "processor": processor,
                "data_category": category,
                "decision": answer.decision.value,
                "reason": answer.reason.value,
            }
            for channel, processor, category, answer in row.named
        ],
        "receipt": conf.receipt_url(row.event.id) if row.event else None,
    }


def _present_event(event: RecordedEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "purpose": event.purpose,
        "action": event.action.value,
        "channel": event.channel,
        "processor": event.processor,
        "data_category": event.category,
        "notice": _present_notice(event.notice),
        "tier": int(event.tier),
        "source": event.source,
        "occurred_at": event.occurred_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "expires_at": event.expires_at.isoformat() if event.expires_at else None,
        "seq": event.seq,
        "hash": event.hash,
        "receipt": conf.receipt_url(event.id),
    }
