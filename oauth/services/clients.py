"""What operators do with clients: registering, changing, switching off and on, renewing secrets."""

from dataclasses import asdict

from django.db import transaction

from audit import journal
from audit.types import EventType
from channel_registry.queries import list_channels
from consent.queries import find_purpose
from kit.call import CallContext
from kit.ids import new_id, new_secret
from kit.refusal import NotFound
from kit.unit_of_work import deed
from oauth import events
from oauth.errors import ClientInvalid
from oauth.models import Client
from oauth.queries import forget_clients
from oauth.revocations import revoke
from oauth.rules import draft_problem
from oauth.types import ClientDraft, RevocationKind


@deed
def register_client(
    *, draft: ClientDraft, call: CallContext, client_id: str = "", client_secret: str = ""
) -> tuple[Client, str]:
    """Register a client; the secret is returned this once and stored as a digest. Public clients have none.

    Raises ClientInvalid naming the field.
    """
    _check(draft)
    client = Client(client_id=client_id or new_id("cli_"))
    client.follow(draft)
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
    if client.draft == draft:
        return False
    _check(draft)
    if draft.client_type != client.client_type:
        raise ClientInvalid("client_type: cannot change; register another client.")
    client.follow(draft)
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
    client.enabled, client.cut_off_at = False, call.now
    client.save(update_fields=["enabled", "cut_off_at", "updated"])
    revoke(RevocationKind.CLIENT, client.client_id, now=call.now)
    _record(events.CLIENT_DISABLED, client, call)
    return True


@deed
def enable_client(*, client_id: str, call: CallContext) -> bool:
    """Switch a client on again; whatever it was given before stays dead. False when it was on."""
    client = _lock(client_id)
    if client.enabled:
        return False
    client.enabled, client.cut_off_at = True, call.now  # a node that had not heard yet may have issued something
    client.save(update_fields=["enabled", "cut_off_at", "updated"])
    _record(events.CLIENT_ENABLED, client, call)
    return True


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
    if draft.purpose and find_purpose(draft.purpose) is None:
        raise ClientInvalid(f"purpose: there is no purpose {draft.purpose!r:.80}.")


def _record(type: EventType, client: Client, call: CallContext) -> None:
    forget_clients()  # now, for the rest of this deed, and when others can see it
    transaction.on_commit(forget_clients)
    journal.record(
        type,
        call=call,
        client=client.client_id,
        channel=client.channel_id,
        payload={"client": client.client_id, "registration": asdict(client.draft)},
    )
