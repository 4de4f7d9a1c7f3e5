"""Codes on their way out, tokens on their way back, and what nobody needs any more."""

from datetime import timedelta

from audit import journal
from keyring.errors import InvalidToken
from keyring.queries import verify_jwt
from kit.call import CallContext
from kit.ids import digest, new_id, new_secret
from kit.prepared import Creation
from kit.unit_of_work import deed
from oauth import conf, events, rules
from oauth.grant_ends import end_grant
from oauth.models import BackchannelRequest, Client, DeviceGrant, Grant, Interaction, Revocation
from oauth.revocations import revoke
from oauth.types import AuthorizationRequest, RevocationKind
from sessions_hub.services import note_participation
from sessions_hub.types import SessionState

_insert_grant = Creation(Grant)


@deed
def issue_code(*, request: AuthorizationRequest, client: Client, session: SessionState, call: CallContext) -> str:
    """An authorization code for this session; only its digest is stored (RFC 6749 section 4.1.2)."""
    code = new_secret()
    expires = call.now + timedelta(seconds=conf.CODE_SECONDS)
    _insert_grant(
        Grant(
            public_id=new_id("gr_"),
            user_id=session.account_id,
            application=client,
            sid=session.sid,
            code=digest(code),
            expires=expires,
            keep_until=expires + timedelta(seconds=2 * conf.ACCESS_TOKEN_SECONDS),
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scopes),
            code_challenge=request.code_challenge,
            code_challenge_method="S256",
            nonce=request.nonce,
            resource=list(request.resource),
        )
    )
    note_participation(sid=session.sid, client_id=client.client_id, call=call)
    journal.record(
        events.AUTHORIZATION_GRANTED,
        call=call,
        subject=session.subject,
        session=session.sid,
        client=client.client_id,
        channel=client.channel_id,
        payload={"scope": " ".join(request.scopes)},
    )
    return code


@deed
def revoke_token(*, token: str, client: Client, call: CallContext) -> bool:
    """Revoke a client's own token (RFC 7009): a refresh token with its whole grant, an access token alone.

    False when there was nothing of this client's to revoke, which the endpoint does not tell.
    """
    if parts := rules.split_refresh_token(token):
        grant = (
            Grant.objects.select_for_update(of=("self",))
            .filter(refresh_handle=digest(parts.handle), application=client)
            .first()
        )
        if grant is None:
            return False
        end_grant(grant, reason="revoked_by_client", call=call)
        return True
    try:
        claims = verify_jwt(token, typ="at+jwt")
    except InvalidToken:
        return False
    if claims.get("client_id") != client.client_id:
        return False
    revoke(RevocationKind.TOKEN, claims["jti"], now=call.now)
    journal.record(
        events.TOKEN_REVOKED,
        call=call,
        subject=claims["sub"] if "sid" in claims else "",
        session=claims.get("sid", ""),
        client=client.client_id,
        payload={"jti": claims["jti"]},
    )
    return True


@deed
def clear_expired(*, call: CallContext) -> int:
    """Delete grants, interactions, requests and revocations that nothing can refer to any more; returns how many."""
    from_grants, _ = Grant.objects.filter(keep_until__lt=call.now).delete()
    from_interactions, _ = Interaction.objects.filter(expires_at__lt=call.now).delete()
    from_revocations, _ = Revocation.objects.filter(expires_at__lt=call.now).delete()
    asked_before = call.now - rules.REMEMBERED
    from_devices, _ = DeviceGrant.objects.filter(asked_at__lt=asked_before).delete()
    from_backchannel, _ = BackchannelRequest.objects.filter(asked_at__lt=asked_before).delete()
    return from_grants + from_interactions + from_revocations + from_devices + from_backchannel
