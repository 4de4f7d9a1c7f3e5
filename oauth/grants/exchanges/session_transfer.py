"""From an app to a site: its own token for a session-transfer token, spent once at the authorization endpoint."""

from django.utils.crypto import constant_time_compare

from kit.call import CallContext
from kit.ids import digest
from kit.unit_of_work import deed
from oauth import conf
from oauth.errors import InvalidRequest, InvalidScope, InvalidTarget
from oauth.grant_ends import end_grant
from oauth.models import Client, Grant
from oauth.queries import audiences_of, find_client, find_ways_in, read_subject_token
from oauth.rules import narrowed_scopes, share_sign_in, split_refresh_token
from oauth.tokens import audience_for, check_entry
from oauth.types import NOT_A_TOKEN, GrantType, Issued, Refused, TokenRequest, TokenType
from sessions_hub.errors import TooManyHandoffs
from sessions_hub.flows.handoff import offer_handoff
from sessions_hub.queries import find_live_session, label_network
from sessions_hub.types import Via

_NARROWED = "This token was narrowed so that it opens no session."


@deed
def offer_for_access_token(*, request: TokenRequest, client: Client, call: CallContext) -> Issued:
    """A session-transfer token for the app's own access token, good for the one client that `audience` names.

    The access token was issued to this app, for our own API too and with `openid`, so that one narrowed for another API
    opens nothing here. Raises InvalidRequest, InvalidTarget, InvalidScope, InvalidGrant where the judge holds her back.
    """
    claims = read_subject_token(token=request.subject_token, client=client, now=call.now)
    scopes = tuple(claims["scope"].split())
    if conf.own_audience() not in audiences_of(claims) or "openid" not in scopes:
        raise InvalidRequest(_NARROWED)
    return _offer(claims["sid"], scopes, request, client, call)


@deed
def offer_for_refresh_token(*, request: TokenRequest, client: Client, call: CallContext) -> Issued | Refused:
    """The same for the app's current refresh token, which stays current, if such an access token could be had for it.

    A superseded one is refused with change: its whole grant dies, as it does when it is used for a refresh.
    """
    presented = split_refresh_token(request.subject_token)
    if presented is None:
        raise InvalidRequest("The subject_token is not a refresh token.")
    mine = Grant.objects.filter(refresh_handle=digest(presented.handle), application=client, revoked_at=None)
    grant = mine.select_for_update(of=("self",)).first()
    if grant is None or client.has_cut_off(grant):
        raise InvalidRequest("The subject_token is no longer good, or not this client's.")
    if not constant_time_compare(grant.refresh_secret, digest(presented.secret)):
        end_grant(grant, reason="refresh_token_reused", call=call)
        return Refused("invalid_request", "The refresh token was already used. The authorization has been revoked.")
    scopes = grant.scopes_for(client)
    if grant.refresh_expires_at is None or call.now >= grant.refresh_expires_at or "offline_access" not in scopes:
        raise InvalidRequest("The subject_token is no longer good, or not this client's.")
    if "openid" not in scopes or conf.own_audience() not in audience_for(client, (), granted=tuple(grant.resource)):
        raise InvalidRequest(_NARROWED)
    return _offer(grant.sid, scopes, request, client, call)


def _offer(sid: str, scopes: tuple[str, ...], request: TokenRequest, client: Client, call: CallContext) -> Issued:
    if request.actor_token:
        raise InvalidRequest("Nobody can act for a customer in a session of her own.")
    if narrowed_scopes(request.scope, scopes) is None:
        raise InvalidScope
    session = find_live_session(sid=sid, now=call.now)
    if session is None:
        raise InvalidRequest("The session of the subject_token has ended.")
    target = _target(request, client)
    check_entry(client=target, session=session, call=call)
    try:
        offer = offer_handoff(
            sid=session.sid,
            via=Via.TRANSFER,
            channel=target.channel_id,
            client_id=target.client_id,
            device_id=session.device_id,
            network=label_network(call.address),
            seconds=conf.TRANSFER_SECONDS,
            call=call,
        )
    except TooManyHandoffs as refusal:
        raise InvalidRequest(refusal.message) from refusal
    return Issued(
        access_token=offer.ticket,
        token_type=NOT_A_TOKEN,
        issued_token_type=TokenType.SESSION_TRANSFER,
        expires_in=int((offer.expires_at - call.now).total_seconds()),
        scope="",
    )


def _target(request: TokenRequest, client: Client) -> Client:
    """The client that may spend the token: one of the same maker, or of the house if both are."""
    if not request.audience:
        raise InvalidRequest("audience is missing: name the client that the session goes to.")
    target = find_client(client_id=request.audience)
    if target is None or request.resource or not share_sign_in(client.draft, target.draft):
        raise InvalidTarget("A session goes to a client of the same maker, named by audience.")
    ways_in = find_ways_in(target)
    if not target.has_grant(GrantType.AUTHORIZATION_CODE) or not {"authorization_code", "handoff"} <= set(ways_in):
        raise InvalidTarget("That client, or its channel, takes no sessions over.")
    return target
