"""What makes a client's registration invalid, and registrations as documents."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from oauth.errors import ClientInvalid
from oauth.rules.redirects import address_problem, redirect_uri_problem
from oauth.types import SCOPES, ClientDraft, GrantType

_FOR_CONFIDENTIAL_CLIENTS = (GrantType.CLIENT_CREDENTIALS, GrantType.CIBA)
_TYPES = ("confidential", "public")
_APPLICATION_TYPES = ("web", "native")
_VENDOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LONGEST_VENDOR = 100
_FIELDS = {each.name: each for each in fields(ClientDraft)}
_LISTS = {
    "redirect_uris",
    "post_logout_redirect_uris",
    "grant_types",
    "scopes",
    "default_scopes",
    "resource_servers",
}


def draft_problem(draft: ClientDraft) -> str | None:
    """Why a draft cannot become a client, as `field: reason.`, or None."""
    return next(iter(_problems(draft)), None)


def shares_vendor(one: ClientDraft, other: ClientDraft) -> bool:
    """Whether two clients come from the same maker, which both registrations name."""
    return bool(one.vendor) and one.vendor == other.vendor


def share_sign_in(one: ClientDraft, other: ClientDraft) -> bool:
    """Whether a session may go from one client to the other: same vendor, or both the house's own."""
    return shares_vendor(one, other) or (one.first_party and other.first_party)


def _problems(draft: ClientDraft) -> list[str]:
    return [*_problems_of_kind(draft), *_problems_of_scopes(draft), *_problems_of_uris(draft)]


def _problems_of_kind(draft: ClientDraft) -> list[str]:
    problems = []
    if not draft.name.strip() or len(draft.name) > 100 or not draft.name.isprintable():
        problems.append("name: give 1 to 100 printable characters.")
    if draft.client_type not in _TYPES:
        problems.append("client_type: confidential or public.")
    if draft.application_type not in _APPLICATION_TYPES:
        problems.append("application_type: web or native.")
    if unknown := set(draft.grant_types) - {each.value for each in GrantType}:
        problems.append(f"grant_types: {sorted(unknown)} are not offered.")
    if draft.client_type == "public":
        unfit = [each for each in _FOR_CONFIDENTIAL_CLIENTS if each in draft.grant_types]
        problems += [f"grant_types: {each.way_in} needs a confidential client." for each in unfit]
    if GrantType.AUTHORIZATION_CODE in draft.grant_types and not draft.redirect_uris:
        problems.append("redirect_uris: authorization_code needs at least one.")
    if draft.vendor and (len(draft.vendor) > _LONGEST_VENDOR or not _VENDOR.fullmatch(draft.vendor)):
        problems.append(f"vendor: 1 to {_LONGEST_VENDOR} letters, digits, dots, dashes and underscores.")
    return problems


def _problems_of_scopes(draft: ClientDraft) -> list[str]:
    problems = []
    if unknown := set(draft.scopes) - set(SCOPES):
        problems.append(f"scopes: {sorted(unknown)} do not exist.")
    if "device_sso" in draft.scopes and not draft.vendor:
        problems.append("scopes: device_sso needs a vendor, whose apps share the sign-in.")
    if GrantType.CIBA in draft.grant_types and "openid" not in draft.scopes:
        problems.append("scopes: ciba needs openid.")
    if beyond := set(draft.default_scopes) - set(draft.scopes):
        problems.append(f"default_scopes: {sorted(beyond)} are not among scopes.")
    return problems


def _problems_of_uris(draft: ClientDraft) -> list[str]:
    native = draft.application_type == "native"
    problems = [
        f"{field}: {uri!r} {reason}."
        for field, uris in (
            ("redirect_uris", draft.redirect_uris),
            ("post_logout_redirect_uris", draft.post_logout_redirect_uris),
        )
        for uri in uris
        if (reason := redirect_uri_problem(uri, native=native))
    ]
    identifiers = (*draft.resource_servers, *([draft.resource] if draft.resource else []))
    if draft.backchannel_logout_uri and (reason := address_problem(draft.backchannel_logout_uri)):
        problems.append(f"backchannel_logout_uri: {draft.backchannel_logout_uri!r:.120} {reason}.")
    problems += [
        f"resource: {uri!r} must be an https address or a urn."
        for uri in identifiers
        if redirect_uri_problem(uri, native=False) and not uri.startswith("urn:")
    ]
    return problems


def read_document(document: Mapping[str, Any]) -> dict[str, ClientDraft]:
    """The drafts that a document's `clients:` describes, by client id.

    Each value holds fields of `ClientDraft`; `name` and `channel` are needed. Raises ClientInvalid naming the path.
    """
    clients = document.get("clients") or {}
    if not isinstance(clients, Mapping):
        raise ClientInvalid("clients: must map client ids to registrations.")
    return {_client_id(key): _draft(str(key), value) for key, value in clients.items()}


def write_document(clients: Mapping[str, ClientDraft]) -> dict[str, Any]:
    """The document that `read_document` turns into these drafts; what is as by default is left out."""
    return {"clients": {client_id: _plain(draft) for client_id, draft in clients.items()}}


def _client_id(key: object) -> str:
    if not isinstance(key, str) or not key.isascii() or not key.isprintable() or " " in key or not 1 <= len(key) <= 100:
        raise ClientInvalid(f"clients.{key!s:.40}: a client id is 1 to 100 plain characters.")
    return key


def _draft(client_id: str, value: object) -> ClientDraft:
    path = f"clients.{client_id}"
    if not isinstance(value, Mapping):
        raise ClientInvalid(f"{path}: must hold the fields of a registration.")
    if unknown := sorted(str(key) for key in value if key not in _FIELDS):
        raise ClientInvalid(f"{path}.{unknown[0]}: there is no such field.")
    for needed in ("name", "channel"):
        if needed not in value:
            raise ClientInvalid(f"{path}.{needed}: is missing.")
    return ClientDraft(**{key: _typed(f"{path}.{key}", key, each) for key, each in value.items()})


def _typed(path: str, key: str, value: object) -> Any:
    if key in _LISTS:
        if not isinstance(value, list) or not all(isinstance(each, str) and " " not in each for each in value):
            raise ClientInvalid(f"{path}: must be a list of words.")
        return tuple(value)
    if key == "first_party":
        if not isinstance(value, bool):
            raise ClientInvalid(f"{path}: must be true or false.")
        return value
    if not isinstance(value, str):
        raise ClientInvalid(f"{path}: must be text.")
    return value


def _plain(draft: ClientDraft) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name, each in _FIELDS.items() if getattr(draft, name) != each.default}
    return {name: list(value) if name in _LISTS else value for name, value in values.items()}
