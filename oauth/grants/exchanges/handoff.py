"""From one channel to another: the ticket that a client was handed, for tokens in a session of its own."""

from channel_registry.queries import get_policy
from kit.call import CallContext
from kit.unit_of_work import deed
from oauth.errors import InvalidRequest, UnauthorizedClient
from oauth.models import Client
from oauth.tokens import check_level, exchanged_scopes, issue_without_code
from oauth.types import Issued, Refused, TokenRequest
from sessions_hub.flows.handoff import redeem_handoff
from sessions_hub.types import HandoffRefused, Via


@deed
def redeem_ticket(*, request: TokenRequest, client: Client, call: CallContext) -> Issued | Refused:
    """Tokens for the one client that the ticket names, in a child session with the evidence it carries, once.

    A ticket that is expired, spent or somebody else's is refused with change. What is raised spends nothing:
    UnauthorizedClient, InvalidRequest, InvalidScope, InvalidTarget.
    """
    if "handoff" not in get_policy(client.channel_id).grants:
        raise UnauthorizedClient("The channel of this client takes no sessions over.")
    if request.actor_token:
        raise InvalidRequest("A ticket is redeemed by the client it names, for itself.")
    session = redeem_handoff(
        ticket=request.subject_token,
        client_id=client.client_id,
        device_id=None,
        channel=client.channel_id,
        call=call,
    )
    if isinstance(session, HandoffRefused):
        return Refused("invalid_request", "The ticket is expired, already used, or not for this client.")
    if session.via is not Via.HANDOFF:
        raise InvalidRequest(
            "The subject_token is a session-transfer token: it is spent at the authorization endpoint."
        )
    check_level(client=client, session=session)
    scopes = exchanged_scopes(client=client, session=session, asked=request.scope)
    return issue_without_code(client=client, session=session, request=request, scopes=scopes, call=call)
