"""Channels, policies and clients as one document: what it would change, and writing it out."""

from collections.abc import Mapping
from typing import Any

from channel_registry.queries import export_channels, plan_channels
from oauth.errors import ClientInvalid
from oauth.queries.clients import list_clients
from oauth.rules import read_document, write_document
from oauth.types import ClientDraft

_PARTS = {"channels", "clients"}


def plan_document(document: Mapping[str, Any]) -> list[str]:
    """What applying the document would change, one sentence part each; raises PolicyInvalid, ClientInvalid."""
    return [*(str(change) for change in plan_channels(channels_of(document))), *plan_clients(document)]


def export_document() -> dict[str, Any]:
    """The present state as a document that, applied, changes nothing."""
    return {**export_channels(), **write_document(list_drafts())}


def plan_clients(document: Mapping[str, Any]) -> list[str]:
    """What applying the document would change on clients; raises ClientInvalid."""
    known = list_drafts()
    return [
        f"client {client_id}: {'change' if client_id in known else 'register'}"
        for client_id, draft in read_document(document).items()
        if known.get(client_id) != draft
    ]


def list_drafts() -> dict[str, ClientDraft]:
    """Every client's draft by its id."""
    return {client.client_id: client.draft for client in list_clients()}


def channels_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a document that the channels' room reads; raises ClientInvalid for parts that nobody reads."""
    if unknown := sorted(str(key) for key in document if key not in _PARTS):
        raise ClientInvalid(f"{unknown[0]}: a document holds `channels:` and `clients:`.")
    return {"channels": document.get("channels") or {}}
