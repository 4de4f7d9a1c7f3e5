"""Channels, policies and clients as one document: what it would change, making it so, writing it out."""

from collections.abc import Mapping
from typing import Any

from channel_registry.queries import export_channels, plan_channels
from channel_registry.services import apply_channels
from kit.call import CallContext
from kit.unit_of_work import deed
from oauth.errors import ClientInvalid
from oauth.queries import list_clients
from oauth.registration import draft_of, read_document, write_document
from oauth.services import change_client, register_client
from oauth.types import ClientDraft

_PARTS = {"channels", "clients"}


def plan_document(document: Mapping[str, Any]) -> list[str]:
    """What applying the document would change, one sentence part each; raises PolicyInvalid, ClientInvalid."""
    return [*(str(change) for change in plan_channels(_channels(document))), *_client_changes(document)]


@deed
def apply_document(*, document: Mapping[str, Any], call: CallContext) -> tuple[list[str], dict[str, str]]:
    """Make channels, policies and clients as the document says, all or nothing; applying twice changes nothing.

    Answers what changed and the secrets of new confidential clients, shown this once. What the document does not
    name stays as it is. Raises PolicyInvalid, ClientInvalid.
    """
    plan = _client_changes(document)
    changes = [*(str(change) for change in apply_channels(document=_channels(document), call=call)), *plan]
    known = _known()
    secrets = {}
    for client_id, draft in read_document(document).items():
        if client_id in known:
            change_client(client_id=client_id, draft=draft, call=call)
            continue
        _, secret = register_client(draft=draft, client_id=client_id, call=call)
        secrets |= {client_id: secret} if secret else {}
    return changes, secrets


def export_document() -> dict[str, Any]:
    """The present state as a document that, applied, changes nothing."""
    return {**export_channels(), **write_document(_known())}


def _client_changes(document: Mapping[str, Any]) -> list[str]:
    known = _known()
    return [
        f"client {client_id}: {'change' if client_id in known else 'register'}"
        for client_id, draft in read_document(document).items()
        if known.get(client_id) != draft
    ]


def _channels(document: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(str(key) for key in document if key not in _PARTS):
        raise ClientInvalid(f"{unknown[0]}: a document holds `channels:` and `clients:`.")
    return {"channels": document.get("channels") or {}}


def _known() -> dict[str, ClientDraft]:
    return {client.client_id: draft_of(client) for client in list_clients()}
