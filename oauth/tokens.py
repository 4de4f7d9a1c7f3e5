"""Minting: signed access and ID tokens, and the secret halves of refresh tokens."""

from datetime import timedelta

from audit import journal
from channel_registry.types import ChannelPolicy
from keyring.queries import sign_jwt
from kit.call import CallContext
from kit.ids import digest, new_id, new_secret
from oauth import conf, events, rules
from oauth.errors import InvalidTarget
from oauth.models import Client, Grant
from oauth.types import AccessClaims, Issued, TokenRequest
from sessions_hub.types import SessionState


def audience_for(client: Client, requested: tuple[str, ...], granted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Who a token is for: the client's resource servers and ourselves, of these what was granted before, narrowed.

    Raises InvalidTarget when a requested resource is not among them, or nothing granted is any more.
    """
    offered = (*client.resource_server_list, conf.own_audience())
    still = tuple(each for each in granted if each in offered) if granted else offered
    audience = rules.granted_audience(requested, still)
    if not audience:
        raise InvalidTarget
    return audience


def sign_access_token(claims: AccessClaims, *, call: CallContext) -> str:
    """A signed RFC 9068 access token."""
    payload = rules.access_token_claims(claims, issuer=conf.issuer(), now=call.now, lifetime=conf.ACCESS_TOKEN_SECONDS)
    return sign_jwt(payload, typ="at+jwt")


def issue_from_grant(
    *,
    grant: Grant,
    client: Client,
    session: SessionState,
    request: TokenRequest,
    scopes: tuple[str, ...],
    refresh_token: str,
    call: CallContext,
) -> Issued:
    """The tokens of a grant at the level its session has now, and the journal's line about them.

    Part of a deed that holds the grant's lock. The ID token comes only with `openid`.
    """
    claims = AccessClaims(
        subject=session.subject,
        client_id=client.client_id,
        scopes=scopes,
        audience=audience_for(client, request.resource, granted=tuple(grant.resource)),
        jti=f"{grant.public_id}.{new_id()}",
        sid=session.sid,
        acr=session.level.acr,
        amr=session.level.amr,
        auth_time=session.level.auth_time or session.started_at,
    )
    access_token = sign_access_token(claims, call=call)
    record_issue(claims, grant_type=request.grant_type, call=call)
    return Issued(
        access_token=access_token,
        expires_in=conf.ACCESS_TOKEN_SECONDS,
        scope=" ".join(scopes),
        refresh_token=refresh_token,
        id_token=_sign_id_token(claims, grant.nonce, access_token, call) if "openid" in scopes else "",
    )


def _sign_id_token(claims: AccessClaims, nonce: str, access_token: str, call: CallContext) -> str:
    payload = rules.id_token_claims(
        claims,
        issuer=conf.issuer(),
        now=call.now,
        lifetime=conf.ID_TOKEN_SECONDS,
        nonce=nonce,
        access_token=access_token,
    )
    return sign_jwt(payload, typ="JWT")


def record_issue(claims: AccessClaims, *, grant_type: str, call: CallContext) -> None:
    """The journal's line about tokens on their way out."""
    journal.record(
        events.TOKEN_ISSUED,
        call=call,
        subject=claims.subject if claims.sid else "",
        session=claims.sid or "",
        client=claims.client_id,
        payload={
            "grant_type": grant_type,
            "scope": " ".join(claims.scopes),
            "jti": claims.jti,
            "acr": claims.acr,
            "audience": list(claims.audience),
        },
    )


def begin_refreshing(grant: Grant, *, policy: ChannelPolicy, call: CallContext) -> str:
    """Give a grant its first refresh token: only digests stay in the row. The caller saves the row."""
    handle = new_id()
    grant.refresh_handle = digest(handle)
    grant.refresh_expires_at = call.now + timedelta(seconds=policy.refresh_absolute_seconds)
    grant.keep_until = max(grant.keep_until, grant.refresh_expires_at)
    return f"{handle}.{renew_secret(grant)}"


def renew_secret(grant: Grant) -> str:
    """Replace the secret half; the caller saves the row. What was handed out before is superseded."""
    secret = new_secret()
    grant.refresh_secret = digest(secret)
    return secret
