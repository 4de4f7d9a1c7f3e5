"""Where other systems tell what they know of people."""

import json
import re
from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit.http import call_from
from kit.ids import digest
from kit.json_bodies import StrictJson
from kit.permissions import ChannelClient
from kit.refusal import MalformedInput
from sync.rules import read_delivery
from sync.schemas import DELIVERY, TakenShape
from sync.services import take_in
from sync.types import BatchState

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_NO_STORE = {"Cache-Control": "no-store"}
_HEADER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Names this delivery: sent again with it, nothing happens twice and the answer is the same.",
)


class FeedRecordsView(APIView):
    """POST: deliver records to a feed, by the client that it belongs to.

    200 when they count; 202 when they were set aside because they look like poison, or came after such a delivery.
    400 for a body of another shape, with nothing taken; 409 for a key that was used with another body.
    """

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
        key = request.headers.get("Idempotency-Key", "")
        if not _KEY.fullmatch(key):
            raise MalformedInput("Idempotency-Key must be 1 to 200 visible characters of ASCII.")
        body = cast(dict[str, Any], request.data)
        records, as_of = read_delivery(body)
        taken = take_in(
            feed=feed.replace("\x00", ""),
            records=records,
            as_of=as_of,
            key=digest(key),
            digest=digest(json.dumps(body, sort_keys=True)),
            call=call_from(request._request),
        )
        status = 200 if taken.state is BatchState.APPLIED else 202
        return Response(taken.body, status=status, headers=_NO_STORE)
