"""The protocol desk's deeds: register clients, issue codes, revoke."""

from dataclasses import asdict
from datetime import timedelta

from audit import journal
from channel_registry.queries import list_channels
from keyring.errors import InvalidToken
from keyring.queries import verify_jwt
from kit.call import CallContext
from kit.ids import digest, new_id, new_secret
from kit.refusal import NotFound
from kit.unit_of_work import deed
from oauth import conf, events
from oauth.errors import ClientInvalid
from oauth.grant_ends import end_grant
from oauth.models import Client, Grant, Interaction, Revocation
from oauth.registration import client_columns, draft_of, draft_problem
from oauth.revocations import revoke
from oauth.rules import split_refresh_token
from oauth.types import AuthorizationRequest, ClientDraft, RevocationKind
from sessions_hub.services import note_participation
from sessions_hub.types import SessionState


@deed
def register_client(
    *, draft: ClientDraft, call: CallContext, client_id: str = "", client_secret: str = ""
) -> tuple[Client, str]:
    """Register a client; the secret is returned this once and stored as a digest. Public clients have none.

    Raises ClientInvalid naming the field.
    """
    _check(draft)
    client = Client(client_id=client_id or new_id("cli_"), **client_columns(draft))
    if Client.objects.filter(client_id=client.client_id).exists():
        raise ClientInvalid("client_id: already taken.")
    secret = (client_secret or new_secret()) if client.is_confidential else ""
    client.client_secret = secret
    client.save()
    _record(events.CLIENT_REGISTERED, client, call)
    return client, secret


@deed
def change_client(*, client_id: str, draft: ClientDraft, call: CallContext) -> bool:
    """Bring a client in line with a draft; False when it already was. Raises NotFound and ClientInvalid.

    What a client may no longer do holds for its next request; tokens already out live their minutes.
    """
    client = _lock(client_id)
    if draft_of(client) == draft:
        return False
    _check(draft)
    if draft.client_type != client.client_type:
        raise ClientInvalid("client_type: cannot change; register another client.")
    for column, value in client_columns(draft).items():
        setattr(client, column, value)
    client.save()
    _record(events.CLIENT_CHANGED, client, call)
    return True


@deed
def renew_client_secret(*, client_id: str, call: CallContext) -> str:
    """Replace a confidential client's secret; the new one is returned this once, the old one is dead at once."""
    client = _lock(client_id)
    if not client.is_confidential:
        raise ClientInvalid("client_type: a public client has no secret.")
    client.client_secret = secret = new_secret()
    client.save(update_fields=["client_secret", "updated"])
    _record(events.CLIENT_CHANGED, client, call)
    return secret


@deed
def disable_client(*, client_id: str, call: CallContext) -> bool:
    """Switch a client off: unknown on every path, its tokens dead within a second. False when it was off."""
    client = _lock(client_id)
    if not client.enabled:
        return False
    client.enabled = False
    client.save(update_fields=["enabled", "updated"])
    revoke(RevocationKind.CLIENT, client.client_id, now=call.now)
    _record(events.CLIENT_DISABLED, client, call)
    return True


@deed
def enable_client(*, client_id: str, call: CallContext) -> bool:
    """Switch a client on again; what was revoked stays revoked. False when it was on."""
    client = _lock(client_id)
    if client.enabled:
        return False
    client.enabled = True
    client.save(update_fields=["enabled", "updated"])
    _record(events.CLIENT_ENABLED, client, call)
    return True


@deed
def issue_code(*, request: AuthorizationRequest, client: Client, session: SessionState, call: CallContext) -> str:
    """An authorization code for this session; only its digest is stored (RFC 6749 section 4.1.2)."""
    code = new_secret()
    expires = call.now + timedelta(seconds=conf.CODE_SECONDS)
    Grant.objects.create(
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
    if parts := split_refresh_token(token):
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
def revoke_tokens_of_account(*, subject: str, call: CallContext) -> None:
    """Every access token of a subject dies with the open deed; its grants die with its sessions."""
    revoke(RevocationKind.ACCOUNT, subject, now=call.now)


@deed
def revoke_tokens_of_session(*, sid: str, call: CallContext) -> None:
    """Every access token issued in a session so far dies with the open deed."""
    revoke(RevocationKind.SESSION, sid, now=call.now)


@deed
def bound_tokens_of_session(*, sid: str, call: CallContext) -> None:
    """The session proves less than before: tokens that say otherwise die, its next ones tell the lower level."""
    revoke(RevocationKind.SESSION, sid, now=call.now, margin=timedelta(0))


@deed
def clear_expired(*, call: CallContext) -> int:
    """Delete grants, interactions and revocations that nothing can refer to any more; returns how many."""
    from_grants, _ = Grant.objects.filter(keep_until__lt=call.now).delete()
    from_interactions, _ = Interaction.objects.filter(expires_at__lt=call.now).delete()
    from_revocations, _ = Revocation.objects.filter(expires_at__lt=call.now).delete()
    return from_grants + from_interactions + from_revocations


def _lock(client_id: str) -> Client:
    client = Client.objects.select_for_update(of=("self",)).filter(client_id=client_id).first()
    if client is None:
        raise NotFound
    return client


def _check(draft: ClientDraft) -> None:
    if problem := draft_problem(draft):
        raise ClientInvalid(problem)
    if draft.channel not in {channel.slug for channel in list_channels()}:
        raise ClientInvalid(f"channel: there is no channel {draft.channel!r}.")


def _record(type: journal.EventType, client: Client, call: CallContext) -> None:
    journal.record(
        type,
        call=call,
        client=client.client_id,
        channel=client.channel_id,
        payload={"client": client.client_id, "registration": asdict(draft_of(client))},
    )
