"""Where other systems tell what they know of people."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit.http import call_from
from kit.json_bodies import StrictJson
from kit.permissions import ChannelClient
from sync.authentication import SignedDelivery
from sync.flows.feeding import deliver
from sync.schemas import DELIVERY, TakenShape
from sync.types import BatchState

_NO_STORE = {"Cache-Control": "no-store"}
_HEADER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]{1,200}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Names this delivery: sent again with it, nothing happens twice and the answer is the same.",
)


class FeedRecordsView(APIView):
    """POST: deliver records to a feed, by the client that it belongs to: with its token, or signed with the feed's key.

    Signed as Standard Webhooks does it, `webhook-id` takes the place of `Idempotency-Key`.
    200 when they count; 202 when they were set aside because they look like poison, or came after such a delivery.
    400 for a body of another shape, with nothing taken; 409 for a key that was used with another body.
    """

    authentication_classes = (*APIView.authentication_classes, SignedDelivery)
    permission_classes = (IsAuthenticated, ChannelClient)
    parser_classes = (StrictJson,)
    scope = "feeds"

    @extend_schema(
        operation_id="deliver_records",
        summary="Deliver records of people",
        parameters=[_HEADER],
        request=DELIVERY,
        responses={200: TakenShape, 202: TakenShape},
    )
    def post(self, request: Request, feed: str) -> Response:
        """Take them in."""
        signed = isinstance(request.successful_authenticator, SignedDelivery)
        key = request.headers.get("webhook-id" if signed else "Idempotency-Key", "")  # a name that is signed with it
        body = cast(dict[str, Any], request.data)
        taken = deliver(feed=feed, key=key, body=body, signed=signed, call=call_from(request._request))
        status = 200 if taken.state is BatchState.APPLIED else 202
        return Response(taken.body, status=status, headers=_NO_STORE)
