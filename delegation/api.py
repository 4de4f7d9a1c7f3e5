"""Staff look customers up and act for them, with their own access token by way of a desk's client.

Every door wants an operator of the role support or admin, whose session proves two factors, at a client of a channel
whose policy opens `assistance`. Anybody else gets 403, or 401 with the level that is wanted.
"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delegation import queries, services
from delegation.schemas import (
    AssistanceShape,
    BySessionShape,
    BySubjectShape,
    CustomerShape,
    LookupRequestShape,
    read_assistance_request,
)
from delegation.types import DelegationState
from kit.call import CallContext
from kit.http import call_from
from kit.refusal import NotFound

_ASKED = PolymorphicProxySerializer(
    component_name="AssistanceRequest", serializers=[BySubjectShape, BySessionShape], resource_type_field_name=None
)


class VerificationView(APIView):
    """POST: who a customer is, and what she proved where: valid until when, so that nothing is asked again.

    404 for somebody unknown, stopped or of the house alike. Every question is written to the journal with both names.
    429 past 20 a minute.
    """

    @extend_schema(
        operation_id="look_up_customer",
        summary="What a customer has proved, for staff",
        request=LookupRequestShape,
        responses=CustomerShape,
    )
    def post(self, request: Request) -> Response:
        """Look a customer up."""
        asked = _read(LookupRequestShape(data=request.data))
        call = _call(request)
        customer = services.look_up_customer(login_hint=asked["login_hint"], channel=call.channel or "", call=call)
        if customer is None:
            raise NotFound
        return Response(CustomerShape(customer).data)


class AssistanceListView(APIView):
    """GET: for whom the calling staff member acts. POST: act for a customer from now on."""

    @extend_schema(
        operation_id="list_assistance", summary="For whom a staff member acts", responses=AssistanceShape(many=True)
    )
    def get(self, request: Request) -> Response:
        """List what runs."""
        call = _call(request)
        return Response([_present(each) for each in queries.list_live_of(actor=_actor(call), now=call.now)])

    @extend_schema(
        operation_id="begin_assistance",
        summary="Act for a customer",
        request=_ASKED,
        responses={201: AssistanceShape},
    )
    def post(self, request: Request) -> Response:
        """Begin. 403 `verification_required` when nothing valid says that the customer is there."""
        asked = _read(read_assistance_request(request.data))
        call = _call(request)
        begun = services.begin_assistance(
            **asked, client_id=call.caller.client_id or "", channel=call.channel or "", call=call
        )
        return Response(_present(begun), status=201)


class AssistanceView(APIView):
    """GET and DELETE of one's own; 404 for anybody else's."""

    @extend_schema(
        operation_id="get_assistance", summary="One's right to act for a customer", responses=AssistanceShape
    )
    def get(self, request: Request, id: str) -> Response:
        """Look at one that runs."""
        call = _call(request)
        found = queries.find_live_delegation(id=id, now=call.now)
        if found is None or found.actor != _actor(call):
            raise NotFound
        return Response(_present(found))

    @extend_schema(operation_id="end_assistance", summary="Stop acting for a customer", responses={204: None})
    def delete(self, request: Request, id: str) -> HttpResponse:
        """End it, its session and its tokens; twice is no fault."""
        services.end_assistance(id=id, call=_call(request))
        return HttpResponse(status=204)


def _call(request: Request) -> CallContext:
    return call_from(request._request)


def _actor(call: CallContext) -> str:
    return call.caller.subject or ""


def _read(form: Any) -> dict[str, Any]:
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _present(delegation: DelegationState) -> dict[str, Any]:
    return {
        "assistance": delegation.id,
        "subject": delegation.subject,
        "sid": delegation.sid,
        "reason": delegation.reason,
        "client_id": delegation.client_id,
        "begun_at": delegation.begun_at.isoformat(),
        "expires_at": delegation.expires_at.isoformat(),
    }
