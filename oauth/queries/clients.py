"""Which clients there are, and which one calls (RFC 6749 section 2.3)."""

import base64
from collections.abc import Collection
from urllib.parse import unquote_plus

from django.contrib.auth.hashers import check_password

from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy
from kit.fresh import FreshByKey
from kit.prepared import Question
from oauth.conf import CLIENT_FRESHNESS_SECONDS, PARTICIPANTS_SECONDS
from oauth.errors import InvalidClient, InvalidRequest
from oauth.models import Client, Interaction
from oauth.rules import share_sign_in, start_addresses
from oauth.types import ClientAuthentication
from sessions_hub.queries import list_clients as list_participants


def find_client(*, client_id: str) -> Client | None:
    """The enabled client of that id, or None; not to be changed: every thread of this process is given the same.

    A change of a client on any node counts here within half a second.
    """
    if not client_id or "\x00" in client_id or len(client_id) > 255:
        return None
    return _memory.get(client_id)


def find_ways_in(client: Client) -> tuple[str, ...]:
    """The ways in that the channel of a client offers; none while it is closed."""
    try:
        return get_policy(client.channel_id).grants
    except ChannelUnavailable:
        return ()


def find_next_channel(*, client_id: str, other: str) -> str | None:
    """The channel of another client, where a session may go to it from this one; None where not, or for nobody.

    The house hands on to whomever it likes, others to clients of their own maker.
    """
    here, there = find_client(client_id=client_id), find_client(client_id=other)
    if here is None or there is None:
        return None
    may_go = here.skip_authorization or share_sign_in(here.draft, there.draft)
    return there.channel_id if may_go else None


def forget_clients() -> None:
    """Drop what this process remembers of clients; the next question reads the database."""
    _memory.forget()
    _served.forget()
    _participants.forget()


def has_part_in(*, sid: str, client_id: str) -> bool:
    """Whether a client takes part in a session, or a client does whose tokens are meant for it as a resource server."""
    return _has_part(_participants.get(sid) or (), client_id) or _has_part(list_participants(sid=sid), client_id)


def _has_part(participants: Collection[str], client_id: str) -> bool:
    return any(serves_client(other=each, client_id=client_id) for each in participants)


def serves_client(*, other: str, client_id: str) -> bool:
    """Whether `other` is the client itself, or one whose tokens are meant for it as a resource server."""
    if other == client_id:
        return True
    asking, asked = find_client(client_id=client_id), find_client(client_id=other)
    return asking is not None and asked is not None and _is_meant_for(asked, asking.resource)


def serves_channel(*, channel: str, client_id: str) -> bool:
    """Whether a channel is the client's own, or that of a client whose tokens are meant for it as a resource server.

    A change of a client on any node counts here within half a second.
    """
    asking = find_client(client_id=client_id)
    if asking is None:
        return False
    return asking.channel_id == channel or bool(asking.resource and channel in (_served.get(asking.resource) or ()))


def is_start_address(url: str) -> bool:
    """Whether an address is where one of our own apps begins, so that people may be sent there after signing in."""
    ours = Client.objects.filter(enabled=True, skip_authorization=True)
    pairs = ours.values_list("redirect_uris", "post_logout_redirect_uris")
    return any(url in start_addresses(landing.split(), leaving.split()) for landing, leaving in pairs)


def list_clients() -> list[Client]:
    """Every registered client, disabled ones included, by name."""
    return list(Client.objects.select_related("channel").order_by("name", "client_id"))


def authenticate_client(*, authorization: str, client_id: str, client_secret: str) -> Client:
    """The client that proved itself with Basic, with form fields, or, if public, by its id alone.

    Raises InvalidRequest for two proofs at once and InvalidClient for none, a wrong one, or a disabled client.
    """
    if authorization:
        if client_secret:
            raise InvalidRequest("Use one way of client authentication, not two.")
        basic_id, basic_secret = _read_basic(authorization)
        if client_id and client_id != basic_id:
            raise InvalidRequest("client_id does not match the authenticated client.")
        return _check(basic_id, basic_secret)
    if not client_id:
        raise InvalidClient
    return _check(client_id, client_secret)


def claimed_client_id(*, authorization: str, client_id: str) -> str:
    """Which client a request says to come from, proved or not; for counting, never for trusting."""
    try:
        return _read_basic(authorization)[0] if authorization else client_id
    except InvalidClient:
        return ""


def _is_meant_for(client: Client, resource: str) -> bool:
    return bool(resource) and resource in client.resource_server_list


def _check(client_id: str, secret: str) -> Client:
    client = find_client(client_id=client_id)
    if client is None:
        raise InvalidClient
    if client.token_endpoint_auth_method == ClientAuthentication.NONE:
        if secret:
            raise InvalidClient
        return client
    if not secret or not client.client_secret or not check_password(secret, client.client_secret):
        raise InvalidClient
    return client


def _read_basic(authorization: str) -> tuple[str, str]:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
    except ValueError as error:  # not base64, not ASCII, not UTF-8 inside
        raise InvalidClient from error
    client_id, colon, secret = decoded.partition(":")
    if not colon:
        raise InvalidClient
    # RFC 6749 2.3.1: both halves are form-urlencoded before they are joined.
    return unquote_plus(client_id), unquote_plus(secret)


def find_waiting_channel(*, uid: str) -> str | None:
    """The channel of the client whose authorization request waits under this name, or None."""
    waiting = Interaction.objects.filter(uid=uid, finished_at__isnull=True)
    return waiting.values_list("client__channel_id", flat=True).first()


_enabled_client = Question(lambda client_id: Client.objects.filter(client_id=client_id, enabled=True))
_memory: FreshByKey[str, Client] = FreshByKey(_enabled_client.first, seconds=CLIENT_FRESHNESS_SECONDS)


def _channels_served(resource: str) -> frozenset[str]:
    rows = Client.objects.filter(enabled=True, resource_servers__contains=resource)
    return frozenset(row.channel_id for row in rows if _is_meant_for(row, resource))


# Who takes part in a session does so for good: what memory knows holds, and only a no is asked of the database.
_participants: FreshByKey[str, list[str]] = FreshByKey(
    lambda sid: list_participants(sid=sid) or None, seconds=PARTICIPANTS_SECONDS
)
_served: FreshByKey[str, frozenset[str]] = FreshByKey(_channels_served, seconds=CLIENT_FRESHNESS_SECONDS)
