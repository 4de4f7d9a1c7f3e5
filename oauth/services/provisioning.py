"""Tokens for systems that can keep nothing else: most that push people by SCIM have one field for one bearer token."""

from datetime import timedelta

from audit import journal
from audit.types import EventType
from kit.call import CallContext
from kit.ids import digest, new_id, new_secret
from kit.refusal import NotFound
from kit.unit_of_work import deed
from oauth import events
from oauth.errors import ClientInvalid
from oauth.models import Client, ProvisioningToken
from oauth.types import LONGEST_PROVISIONING, PROVISIONING_PREFIX, PROVISIONING_SCOPE


@deed
def make_provisioning_token(*, client_id: str, lifetime: timedelta, call: CallContext) -> tuple[str, str]:
    """A token with which a client calls `/scim/v2/` for so long; its name, and the token itself, told this once.

    Older ones go on: a system changes over in its own time. Raises NotFound, and ClientInvalid for a client that may
    not or is switched off, or a lifetime out of bounds.
    """
    client = Client.objects.select_for_update(of=("self",)).filter(client_id=client_id).first()
    if client is None:
        raise NotFound
    if not client.enabled or not client.is_confidential or PROVISIONING_SCOPE not in client.draft.scopes:
        raise ClientInvalid(f"scopes: this is for confidential clients, switched on, with {PROVISIONING_SCOPE}.")
    if not timedelta(0) < lifetime <= LONGEST_PROVISIONING:
        raise ClientInvalid(f"lifetime: from a moment to {LONGEST_PROVISIONING.days} days.")
    token = PROVISIONING_PREFIX + new_secret()
    row = ProvisioningToken.objects.create(
        ref=new_id("pvt_"), digest=digest(token), client=client, made_at=call.now, expires_at=call.now + lifetime
    )
    _record(events.PROVISIONING_TOKEN_MADE, row, call)
    return row.ref, token


@deed
def revoke_provisioning_token(*, ref: str, call: CallContext) -> bool:
    """End a token now, on every node; False when it had ended before. Raises NotFound."""
    row = ProvisioningToken.objects.select_for_update(of=("self",)).select_related("client").filter(ref=ref).first()
    if row is None:
        raise NotFound
    if row.revoked_at is not None:
        return False
    row.revoked_at = call.now
    row.save(update_fields=["revoked_at"])
    _record(events.PROVISIONING_TOKEN_REVOKED, row, call)
    return True


@deed
def revoke_provisioning_tokens(*, call: CallContext) -> int:
    """End every one there is; how many."""
    rows = ProvisioningToken.objects.select_for_update(of=("self",)).select_related("client")
    live = list(rows.filter(revoked_at=None, expires_at__gt=call.now))
    ProvisioningToken.objects.filter(pk__in=[row.pk for row in live]).update(revoked_at=call.now)
    for row in live:
        _record(events.PROVISIONING_TOKEN_REVOKED, row, call)
    return len(live)


def _record(type: EventType, row: ProvisioningToken, call: CallContext) -> None:
    client = row.client
    journal.record(
        type,
        call=call,
        client=client.client_id,
        channel=client.channel_id,
        payload={"client": client.client_id, "token": row.ref, "expires_at": row.expires_at.isoformat()},
    )
