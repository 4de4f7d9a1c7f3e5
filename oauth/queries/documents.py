"""Channels, policies and clients as one document: what it would change, and writing it out."""

from collections.abc import Mapping
from typing import Any

from assurance.queries import list_out_of_reach, list_unknown_purposes
from channel_registry.queries import (
    export_channels,
    export_sources,
    list_findings,
    plan_channels,
    plan_sources,
    read_policies,
)
from channel_registry.types import Finding
from oauth.errors import ClientInvalid
from oauth.queries.clients import list_clients
from oauth.rules import read_document, write_document
from oauth.types import ClientDraft

_PARTS = {"channels", "sources", "clients", "accepted"}
"""`accepted` is for `policy lint` alone: what is weaker on purpose."""


def plan_document(document: Mapping[str, Any]) -> list[str]:
    """What applying the document would change, one sentence part each; raises PolicyInvalid, ClientInvalid."""
    channels = [str(change) for change in plan_channels(channels_of(document))]
    return [*channels, *plan_sources(document), *plan_clients(document)]


def export_document() -> dict[str, Any]:
    """The present state as a document that, applied, changes nothing."""
    return {**export_channels(), **export_sources(), **write_document(list_drafts())}


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
        raise ClientInvalid(f"{unknown[0]}: a document holds `channels:`, `sources:`, `clients:` and `accepted:`.")
    return {"channels": document.get("channels") or {}}


def list_notes(document: Mapping[str, Any] | None) -> list[str]:
    """Actions for which nobody is ever asked for a proof on some class of device, and those for an unknown purpose, one
    sentence part each.

    The first often is meant; see `assurance.queries.list_out_of_reach`. Raises PolicyInvalid, ClientInvalid.
    """
    policies = sorted(read_policies(channels_of(document) if document is not None else None).items())
    return [
        *(
            f"{action} on {slug}, {device}: {why}"
            for slug, policy in policies
            for action, device, why in list_out_of_reach(slug, policy)
        ),
        *(
            f"{action} on {slug} is refused: no purpose {purpose} is known."
            for slug, policy in policies
            for action, purpose in list_unknown_purposes(policy)
        ),
    ]


def lint_document(document: Mapping[str, Any] | None, accepted: Mapping[str, Any]) -> tuple[list[Finding], list[str]]:
    """What is weaker somewhere than elsewhere and was not accepted, and what was accepted without being found.

    Of the channels of `document`, or of the live ones where it is None; `accepted` holds a list of the same name, of
    groups with `action`, `channel` and `why`. Raises PolicyInvalid, ClientInvalid.
    """
    findings = list_findings(channels_of(document) if document is not None else None)
    pairs = [_accepted(each) for each in _as_list(accepted.get("accepted") or [])]
    left = [each for each in findings if (each.action, each.channel) not in pairs]
    found = {(each.action, each.channel) for each in findings}
    return left, [f"{action} on {channel}" for action, channel in pairs if (action, channel) not in found]


def _as_list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ClientInvalid("accepted: must be a list.")
    return value


def _accepted(each: object) -> tuple[str, str]:
    if not isinstance(each, Mapping) or not all(isinstance(each.get(key), str) for key in ("action", "channel", "why")):
        raise ClientInvalid("accepted: every entry says `action`, `channel` and `why`.")
    return each["action"], each["channel"]
