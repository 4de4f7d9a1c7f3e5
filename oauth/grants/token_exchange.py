"""One token for another (RFC 8693): the brothers in `exchanges`, and which of them answers."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from kit.call import CallContext
from kit.unit_of_work import deed
from oauth import conf
from oauth.errors import InvalidRequest, InvalidTarget
from oauth.grants.exchanges import assistance, handoff, native_sso, session_transfer
from oauth.models import Client
from oauth.types import Issued, Refused, TokenRequest, TokenType

Exchange = Callable[..., Issued | Refused]

#: What comes in and what goes out. Each takes a live subject token; the level that a session has is never raised.
EXCHANGES: Mapping[tuple[str, str], Exchange] = {
    (TokenType.ACCESS_TOKEN, TokenType.SESSION_TRANSFER): session_transfer.offer_for_access_token,
    (TokenType.REFRESH_TOKEN, TokenType.SESSION_TRANSFER): session_transfer.offer_for_refresh_token,
    (TokenType.ID_TOKEN, TokenType.ACCESS_TOKEN): native_sso.join_session,
    (TokenType.HANDOFF, TokenType.ACCESS_TOKEN): handoff.redeem_ticket,
    (TokenType.ASSISTANCE, TokenType.ACCESS_TOKEN): assistance.issue_to_staff,
}


@deed
def exchange_token(*, request: TokenRequest, client: Client, call: CallContext) -> Issued | Refused:
    """Exchange a token for what the client asks for; an access token where it does not say.

    Raises InvalidRequest for a subject or actor token that is dead, foreign or of another kind (section 2.2.2),
    InvalidTarget, InvalidScope. Refused with change where a replay, or the like, was counted.
    """
    if bool(request.actor_token) != bool(request.actor_token_type):
        raise InvalidRequest("actor_token and actor_token_type come together or not at all.")
    wanted = request.requested_token_type or TokenType.ACCESS_TOKEN
    exchange = EXCHANGES.get((request.subject_token_type, wanted))
    if exchange is None:
        raise InvalidRequest("This subject_token_type cannot be exchanged for this requested_token_type.")
    if wanted == TokenType.ACCESS_TOKEN:
        request = _aimed(request, client)
    return exchange(request=request, client=client, call=call)


def _aimed(request: TokenRequest, client: Client) -> TokenRequest:
    """The request with its `audience` among its resources; the issuer stands for whatever the client may call."""
    if request.audience in ("", conf.issuer()):
        return request
    if request.audience not in client.resource_server_list:
        raise InvalidTarget("The audience is not a resource server of this client.")
    return replace(request, resource=(*request.resource, request.audience))
