"""Minting: signed access and ID tokens, and the secret halves of refresh tokens."""

from dataclasses import replace
from datetime import timedelta

from assurance.services import judge_entry
from assurance.types import Outcome
from audit import journal
from channel_registry.queries import get_policy
from channel_registry.types import ChannelPolicy, meets
from keyring.queries import sign_jwt
from kit.call import CallContext
from kit.ids import digest, new_id, new_secret
from oauth import conf, events, rules
from oauth.errors import InvalidGrant, InvalidRequest, InvalidScope, InvalidTarget
from oauth.models import Allowance, Client, Grant
from oauth.types import AccessClaims, GrantType, Issued, TokenRequest, TokenType
from sessions_hub.services import give_device_secret
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


def exchanged_scopes(*, client: Client, session: SessionState, asked: str) -> tuple[str, ...]:
    """What a client gets that comes for a customer's tokens without her being asked: what it is registered for.

    One that is not the house's own gets no more than she has allowed it before. Part of a deed that issues: until its
    commit she cannot withdraw that. Raises InvalidScope.
    """
    scopes = tuple(dict.fromkeys(asked.split())) or client.default_scope_list
    if not set(scopes) <= set(client.scope_list):
        raise InvalidScope
    if client.skip_authorization:
        return scopes
    remembered = Allowance.objects.filter(account=session.account_id, client=client)
    allowance = remembered.select_for_update(no_key=True).first()
    if allowance is None or not rules.covers(allowance.scope_list, scopes):
        raise InvalidScope("The customer has not allowed this client that yet. Ask her at the authorization endpoint.")
    return scopes


def check_level(*, client: Client, session: SessionState) -> None:
    """Whether a session proves what the client's channel asks for at least. Raises InvalidRequest."""
    if not meets(session.level.acr, get_policy(client.channel_id).minimum_acr):
        raise InvalidRequest(
            "The session proves less than this channel asks for. Sign in at the authorization endpoint."
        )


def check_entry(*, client: Client, session: SessionState, call: CallContext) -> None:
    """Whether the judge lets a session go on to the client's channel. Raises InvalidGrant."""
    if judge_entry(session=session, channel=client.channel_id, call=call).outcome is not Outcome.PERMIT:
        raise InvalidGrant(MORE_WANTED)


MORE_WANTED = "The session does not prove enough for this channel any more: send the person to sign in again."


def sign_access_token(claims: AccessClaims, *, call: CallContext, seconds: int = conf.ACCESS_TOKEN_SECONDS) -> str:
    """A signed RFC 9068 access token that lives for `seconds`."""
    payload = rules.access_token_claims(claims, issuer=conf.issuer(), now=call.now, lifetime=seconds)
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

    Part of a deed that holds the grant's lock. The ID token comes only with `openid`; with `device_sso` too it is bound
    to a new device secret, but for a refresh, after which the app keeps the pair it has.
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
    issued = Issued(
        access_token=access_token,
        expires_in=conf.ACCESS_TOKEN_SECONDS,
        scope=" ".join(scopes),
        refresh_token=refresh_token,
    )
    if "openid" in scopes:
        device_secret = _device_secret(client, claims, request, call)
        id_token = _sign_id_token(claims, grant.nonce, access_token, device_secret, call)
        issued = replace(issued, id_token=id_token, device_secret=device_secret)
    record_issue(claims, grant_type=request.grant_type, call=call)
    return issued


def issue_without_code(
    *, client: Client, session: SessionState, request: TokenRequest, scopes: tuple[str, ...], call: CallContext
) -> Issued:
    """Tokens for a client that takes part in a session and came for them without a code; part of a deed.

    They hang on a grant of their own, as those from a code do, and can be refreshed where the client's registration and
    its channel allow it. Raises InvalidTarget, InvalidGrant where the judge does not let the session go on.
    """
    check_entry(client=client, session=session, call=call)
    grant = Grant(
        public_id=new_id("gr_"),
        user_id=session.account_id,
        application=client,
        sid=session.sid,
        code=digest(new_secret()),  # that nobody has: the column wants one of its own for each row
        redeemed_at=call.now,
        expires=call.now + timedelta(seconds=conf.CODE_SECONDS),
        keep_until=call.now + timedelta(seconds=2 * conf.ACCESS_TOKEN_SECONDS),
        scope=" ".join(scopes),
        resource=list(audience_for(client, request.resource)),
    )
    policy, refresh_token = get_policy(client.channel_id), ""
    refreshes = client.has_grant(GrantType.REFRESH_TOKEN) and GrantType.REFRESH_TOKEN in policy.grants
    if refreshes and "offline_access" in scopes:
        refresh_token = begin_refreshing(grant, policy=policy, call=call)
    grant.save()
    issued = issue_from_grant(
        grant=grant,
        client=client,
        session=session,
        request=request,
        scopes=scopes,
        refresh_token=refresh_token,
        call=call,
    )
    exchanged = request.grant_type == GrantType.TOKEN_EXCHANGE
    return replace(issued, issued_token_type=TokenType.ACCESS_TOKEN if exchanged else "")


def _device_secret(client: Client, claims: AccessClaims, request: TokenRequest, call: CallContext) -> str:
    wanted = "device_sso" in claims.scopes and client.vendor and request.grant_type != GrantType.REFRESH_TOKEN
    return give_device_secret(sid=claims.sid or "", client_id=client.client_id, call=call) if wanted else ""


def _sign_id_token(claims: AccessClaims, nonce: str, access_token: str, device_secret: str, call: CallContext) -> str:
    payload = rules.id_token_claims(
        claims,
        issuer=conf.issuer(),
        now=call.now,
        lifetime=conf.ID_TOKEN_SECONDS,
        nonce=nonce,
        access_token=access_token,
        device_secret=device_secret,
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
            **({"act": claims.act} if claims.act else {}),
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
