"""An auth_req_id for tokens, once the customer said that it is she (OpenID CIBA Core 1.0 section 10.1, poll)."""

from kit.call import CallContext
from kit.ids import digest
from kit.prepared import Question
from kit.unit_of_work import deed
from oauth.errors import UnauthorizedClient
from oauth.grants.waiting import redeem_waiting
from oauth.models import BackchannelRequest, Client
from oauth.types import Issued, Refused, TokenRequest
from sessions_hub.types import Via


@deed
def redeem_request(*, request: TokenRequest, client: Client, call: CallContext) -> Issued | Refused:
    """Exchange an auth_req_id for tokens, exactly once; until it is approved, say where it stands (section 11).

    Raises UnauthorizedClient for a public client, InvalidGrant for an id that is unknown, another client's, or rests on
    something that has ended.
    """
    if not client.is_confidential:
        raise UnauthorizedClient
    row = _locked.first(digest(request.auth_req_id), client.pk)
    return redeem_waiting(row=row, via=Via.CIBA, request=request, client=client, call=call)


_locked = Question(
    lambda auth_req_id, client_pk: BackchannelRequest.objects.select_for_update(of=("self",)).filter(
        auth_req_id=auth_req_id, client=client_pk
    )
)
