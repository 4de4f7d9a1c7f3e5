"""Sessions handed from channel to channel, for the clients of both."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit.http import call_from
from kit.permissions import ChannelClient
from kit.refusal import Refusal
from sessions_hub import conf
from sessions_hub.errors import (
    HandoffElsewhere,
    HandoffExpired,
    HandoffReplayed,
    HandoffSessionEnded,
    HandoffUnknown,
)
from sessions_hub.flows import handoff
from sessions_hub.schemas import CarriedShape, OfferRequest, OfferShape, RedemptionRequest
from sessions_hub.types import Carried, HandoffFault, HandoffRefused


class HandoffView(APIView):
    """POST: a ticket that carries a session to another channel, for a client that takes part in it.

    The ticket works once, within a minute, for the named client only; its channel's policy must open `handoff`. 404
    for any other session, 403 `handoff_closed` for a target that takes nobody over, 429 `too_many_handoffs` after
    thirty tickets of one session in a minute.
    """

    permission_classes = (IsAuthenticated, ChannelClient)
    scope = "handoff"

    @extend_schema(
        operation_id="offer_handoff",
        summary="Hand a session over to another channel",
        request=OfferRequest,
        responses={201: OfferShape},
    )
    def post(self, request: Request) -> Response:
        """Make the ticket."""
        wanted = _read(OfferRequest, request)
        call = call_from(request._request)
        offer = handoff.offer_to(sid=wanted["sid"], client_id=wanted["client_id"], call=call)
        body = {
            "ticket": offer.ticket,
            "expires_in": int((offer.expires_at - call.now).total_seconds()),
            "url": None if wanted["client_id"] else conf.handoff_page(offer.ticket),
        }
        return Response(body, status=201, headers=_NO_STORE)


class HandoffRedemptionView(APIView):
    """POST: what a ticket carries, for the one client it was made for; a session begins on that client's channel.

    404 `handoff_unknown` also for another client's ticket, 410 `handoff_expired`, 409 `handoff_replayed`, 403
    `handoff_elsewhere`, 410 `handoff_session_ended`: each is noted, and the customer hears of a ticket that came twice.
    """

    permission_classes = (IsAuthenticated, ChannelClient)
    scope = "handoff"

    @extend_schema(
        operation_id="redeem_handoff",
        summary="Take over a session from another channel",
        request=RedemptionRequest,
        responses=CarriedShape,
    )
    def post(self, request: Request) -> Response:
        """Redeem the ticket."""
        wanted = _read(RedemptionRequest, request)
        answer = handoff.redeem_for_client(ticket=wanted["ticket"], call=call_from(request._request))
        if isinstance(answer, HandoffRefused):
            raise _REFUSALS[answer.reason]
        return Response(_present_carried(answer), headers=_NO_STORE)


_NO_STORE = {"Cache-Control": "no-store"}
_REFUSALS: dict[HandoffFault, type[Refusal]] = {
    HandoffFault.UNKNOWN: HandoffUnknown,
    HandoffFault.OTHER_CLIENT: HandoffUnknown,
    HandoffFault.EXPIRED: HandoffExpired,
    HandoffFault.REPLAYED: HandoffReplayed,
    HandoffFault.OTHER_DEVICE: HandoffElsewhere,
    HandoffFault.ENDED: HandoffSessionEnded,
}


def _read(shape: type[serializers.Serializer[object]], request: Request) -> dict[str, str]:
    form = shape(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _present_carried(carried: Carried) -> dict[str, Any]:
    session = carried.session
    return {
        "sid": session.sid,
        "root": session.root,
        "subject": session.subject,
        "channel": session.channel,
        "acr": session.level.acr,
        "amr": list(session.level.amr),
        "auth_time": _seconds(session.level.auth_time),
        "methods": list(carried.methods),
        "valid_until": carried.valid_until.isoformat() if carried.valid_until else None,
    }


def _seconds(instant: datetime | None) -> int | None:
    return int(instant.timestamp()) if instant else None
