"""A device code for tokens, once somebody let the device in (RFC 8628 section 3.4)."""

from kit.call import CallContext
from kit.ids import digest
from kit.prepared import Question
from kit.unit_of_work import deed
from oauth.grants.waiting import redeem_waiting
from oauth.models import Client, DeviceGrant
from oauth.types import Issued, Refused, TokenRequest
from sessions_hub.types import Via


@deed
def redeem_device_code(*, request: TokenRequest, client: Client, call: CallContext) -> Issued | Refused:
    """Exchange a device code for tokens, exactly once; until it is approved, say where it stands (section 3.5).

    Raises InvalidGrant for a code that is unknown, another client's, or rests on something that has ended.
    """
    row = _locked.first(digest(request.device_code), client.client_id)
    return redeem_waiting(row=row, via=Via.DEVICE_CODE, request=request, client=client, call=call)


_locked = Question(
    lambda code, client_id: DeviceGrant.objects.select_for_update(of=("self",)).filter(
        device_code=code, client_id=client_id
    )
)
