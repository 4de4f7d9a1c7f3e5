"""Who delivers to a feed without an access token: whoever signs with the feed's key."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from kit import clock
from kit.call import Caller, CallerKind
from kit.permissions import ClientPrincipal
from oauth.queries import find_client, find_ways_in
from oauth.types import GrantType
from sync import rules
from sync.errors import SignatureInvalid
from sync.queries import find_signed_feed

_SCOPE = "feeds"


class SignedDelivery(BaseAuthentication):
    """A delivery in the envelope of Standard Webhooks, signed with one of the feed's keys; raises SignatureInvalid.

    It is its client's, as with a token of the scope `feeds`. Without the envelope somebody else may authenticate it.
    """

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        if "webhook-signature" not in request.headers or "Authorization" in request.headers:
            return None
        settings = find_signed_feed(slug=str(request.parser_context["kwargs"]["feed"]))
        caller = _caller_of(settings.client) if settings else None
        if settings is None or caller is None:
            raise SignatureInvalid
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request._request.body
        if not rules.is_signed_delivery(body, headers, keys=settings.signed_by, now=clock.now()):
            raise SignatureInvalid
        request._request.caller = caller  # type: ignore[attr-defined]
        return ClientPrincipal(caller), caller


def _caller_of(client_id: str) -> Caller | None:
    """A client as its own token would make it; None for one that would get none of this scope."""
    client = find_client(client_id=client_id)
    if client is None or _SCOPE not in client.draft.scopes:
        return None
    if GrantType.CLIENT_CREDENTIALS.way_in not in find_ways_in(client):
        return None
    return Caller(
        kind=CallerKind.CLIENT, client_id=client.client_id, channel=client.channel_id, scopes=frozenset({_SCOPE})
    )
